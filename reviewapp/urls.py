"""Where everything is mounted. A project's pages live below /p/<slug>/."""

from allauth.mfa.totp.views import activate_totp
from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings as django_settings
from django.urls import include, path

from reviewapp.audit import views as audit
from reviewapp.i18n import views as i18n
from reviewapp.notifications import views as inbox
from reviewapp.people.views import members as people
from reviewapp.people.views import projects, reading, settings
from reviewapp.people.views.members import disabled_page
from reviewapp.web import first_steps, health, home, invitations, sign_in
from reviewapp.web.api.assembly import api
from reviewapp.web.help import views as help_views

handler400 = "reviewapp.web.middleware.bad_request"
handler500 = "reviewapp.web.middleware.server_failed"

urlpatterns = [
    path("", home.home, name="home"),
    path("styleguide/", home.styleguide, name="styleguide"),
    path("demo-sign-in/", sign_in.demo_sign_in, name="demo_sign_in"),
    # The square code of an authenticator app is drawn from a data URL.
    path("accounts/2fa/totp/activate/", csp_update({"img-src": [SELF, "data:"]})(activate_totp)),
    path("accounts/login/", sign_in.sign_in_page),
    path("accounts/3rdparty/", sign_in.connections_page),
    # The names are allauth's, which has these addresses only where single sign-on is set up.
    path(
        "accounts/oidc/<str:provider_id>/login/",
        sign_in.single_sign_on,
        name="openid_connect_login",
    ),
    path(
        "accounts/oidc/<str:provider_id>/login/callback/",
        sign_in.single_sign_on_answer,
        name="openid_connect_callback",
    ),
    path("i18n/<str:language>-<str:digest>.js", i18n.catalog_script, name="catalog_script"),
    path("accounts/language/", i18n.language_page, name="language"),
    path("accounts/tokens/", people.tokens, name="tokens"),
    path("accounts/tokens/create/", people.create_token, name="create_token"),
    path("accounts/tokens/<int:token_id>/revoke/", people.revoke_token, name="revoke_token"),
    # An address is what roles are given to, so nobody gives themselves another.
    path("accounts/email/", disabled_page),
    # A link by mail needs a mail server; where there is none it would end in a log.
    *(
        []
        if django_settings.EMAIL_HOST
        else [
            path("accounts/password/reset/", disabled_page),
            path("accounts/password/reset/<path:rest>", disabled_page),
        ]
    ),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("help/", help_views.help_topic, name="help"),
    path("help/<slug:topic>/", help_views.help_topic, name="help_topic"),
    path("help/docs/<slug:document>/", help_views.help_document, name="help_document"),
    path("notifications/", inbox.notifications, name="notifications"),
    path("notifications/read/", inbox.read_notifications, name="read_notifications"),
    path("notifications/mail/", inbox.choose_mail, name="choose_mail"),
    path(
        "notifications/<int:notification_id>/open/",
        inbox.open_notification,
        name="open_notification",
    ),
    path("notifications/unsubscribe/<str:token>/", inbox.unsubscribe, name="unsubscribe"),
    path("projects/new/", projects.new_project, name="new_project"),
    path("invitations/<str:secret>/", invitations.invitation, name="invitation"),
    path("p/<slug:slug>/", home.project_home, name="project_home"),
    path(
        "p/<slug:slug>/first-steps/dismiss/",
        first_steps.dismiss_first_steps,
        name="dismiss_first_steps",
    ),
    path("p/<slug:slug>/members/", people.members, name="members"),
    path("p/<slug:slug>/members/add/", people.add_member, name="add_member"),
    path(
        "p/<slug:slug>/members/<int:membership_id>/remove/",
        people.remove_member,
        name="remove_member",
    ),
    path(
        "p/<slug:slug>/members/<int:user_id>/languages/",
        reading.languages_of_member,
        name="member_languages",
    ),
    path("p/<slug:slug>/languages/", reading.own_languages, name="own_languages"),
    path("p/<slug:slug>/members/invite/", people.invite, name="invite_member"),
    path(
        "p/<slug:slug>/members/invitations/<int:invitation_id>/revoke/",
        people.revoke_invitation,
        name="revoke_invitation",
    ),
    path("p/<slug:slug>/settings/", settings.project_settings, name="project_settings"),
    path("p/<slug:slug>/webhooks/", include("reviewapp.webhooks.urls")),
    path("p/<slug:slug>/audit/", audit.audit, name="audit"),
    path("p/<slug:slug>/audit/file/", audit.audit_file, name="audit_file"),
    # Votes are what is asked most often, and addresses are tried in this order.
    path("p/<slug:slug>/", include("evaluation.urls")),
    path("p/<slug:slug>/", include("datasets.urls")),
]
