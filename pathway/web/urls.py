"""The addresses of the pages."""

from django.urls import path

from pathway.web import (
    account,
    audit,
    case,
    entries,
    health,
    icon,
    inbox,
    intake,
    live,
    moves,
    people,
    pulse,
    repin,
    symptoms,
    worklist,
)

urlpatterns = [
    path("", worklist.worklist, name="worklist"),
    path("worklist/table/", worklist.table, name="worklist_table"),
    path("worklist/rows/<uuid:case>/", worklist.one_row, name="worklist_row"),
    path("live/", live.stream, name="live"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("alerts/<uuid:alert>/acknowledge/", inbox.acknowledge, name="acknowledge"),
    path("access-log/", audit.access_log, name="access_log"),
    path("people/", people.people, name="people"),
    path("health/live", health.alive, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("favicon.ico", icon.icon, name="icon"),
    path("live/now/", pulse.pulse, name="pulse"),
    path("cases/new/", intake.intake, name="intake"),
    path("cases/<uuid:case>/", case.case, name="case"),
    path("cases/<uuid:case>/now/", case.now, name="case_now"),
    path("cases/<uuid:case>/symptoms/", symptoms.symptoms, name="symptoms"),
    path("cases/<uuid:case>/identity/", entries.identity, name="identity"),
    path("cases/<uuid:case>/observe/<str:kind>/", moves.observe, name="observe"),
    path("cases/<uuid:case>/events/<uuid:event>/correct/", entries.correct, name="correct"),
    path("cases/<uuid:case>/clocks/<str:clock>/suspend/", entries.suspend, name="suspend"),
    path("cases/<uuid:case>/clocks/<str:clock>/void/", entries.void, name="void"),
    path("cases/<uuid:case>/protocol/", repin.versions, name="versions"),
    path("cases/<uuid:case>/protocol/<str:version>/", repin.repin, name="repin"),
    path("cases/<uuid:case>/<str:track>/<int:number>/<str:verb>/", moves.move, name="move"),
    path("account/stay/", account.stay, name="stay"),
]
