"""qlik-sdk (PyPI) as published, against a server with the seed `ready`."""

import json
import os
import pathlib
import unittest
import warnings

import requests
from qlik_sdk import ApiKeysPatchSchema, AuthType, Config, Qlik
from qlik_sdk.rest import AuthenticationException

ORIGIN = os.environ["MOCK_QLIK_URL"]
TENANT_ID = "Mq7545_example_tenant_0000000001"
SEED = json.loads((pathlib.Path(__file__).parents[3] / "fixtures/seeds/ready.json").read_text(encoding="utf-8"))

# Over https: this client sends in a way by which requests looks at no variable, and trusts its default only.
if "REQUESTS_CA_BUNDLE" in os.environ:
    requests.adapters.DEFAULT_CA_BUNDLE_PATH = os.environ["REQUESTS_CA_BUNDLE"]

# What it sends unless told otherwise, though the service says that a filter cannot be combined with it.
NO_DEPRECATED_DEFAULTS = {"sortBy": None, "sortOrder": None, "status": None}


class Owner:
    """A user of the seed, with a key."""

    def __init__(self, user_id, key_id):
        self.user_id = user_id
        self.key_id = key_id
        self.token = next(key["token"] for key in SEED["apiKeys"] if key["id"] == key_id)
        self.client = client(self.token)


def client(token):
    """The client of whoever holds this key."""
    return Qlik(Config(host=ORIGIN, auth_type=AuthType.APIKey, api_key=token))


ADMIN = Owner("650000000000000000000001", "7d3c1a52-0b1e-4c86-9a57-000000000001")
DEVELOPER = Owner("650000000000000000000003", "7d3c1a52-0b1e-4c86-9a57-000000000002")


def create_users(family, count):
    """Creates users named `FAMILY 001`, `FAMILY 002`, … over REST; returns their names."""
    names = [f"{family} {number:03}" for number in range(1, count + 1)]
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {ADMIN.token}"
        for name in names:
            subject = name.lower().replace(" ", "-")
            body = {"name": name, "subject": subject, "email": f"{subject}@example.com"}
            session.post(f"{ORIGIN}/api/v1/users", json=body, timeout=10).raise_for_status()
    return names


class TestCase(unittest.TestCase):
    """Says what a user of the client sees of a refusal."""

    maxDiff = None

    def setUp(self):
        # The client warns of parameters that it sends by itself.
        warnings.simplefilter("ignore", DeprecationWarning)

    def assert_refused(self, status, reason, path, call):
        """Checks the message of the exception; returns the first error of the body."""
        with self.assertRaises(requests.HTTPError) as caught:
            call()
        self.assertEqual(str(caught.exception), f"{status} Client Error: {reason} for url: {ORIGIN}{path}")
        return caught.exception.response.json()["errors"][0]


class Users(TestCase):
    """The family users."""

    def test_me_is_followed_to_the_user(self):
        me = ADMIN.client.users.get_me()
        self.assertEqual((me.id, me.email, me.status), (ADMIN.user_id, "admin@example.com", "active"))
        self.assertEqual(me.tenantId, TENANT_ID)
        self.assertEqual(sorted(role.name for role in me.assignedRoles), ["Developer", "TenantAdmin"])
        self.assertEqual(me.links.self.href, f"{ORIGIN}/api/v1/users/{ADMIN.user_id}")

    def test_a_list_is_walked_over_three_pages(self):
        # After the first page the client asks for a hundred at a time: 2, then 100, then 3.
        names = create_users("Walker", 105)
        users = ADMIN.client.users.get_users(
            filter='name co "walker"', limit=2, sort="-name", **NO_DEPRECATED_DEFAULTS
        )
        self.assertEqual(len(users), 2)
        self.assertEqual([user.name for user in users.pagination], names[::-1])

    def test_a_list_as_the_client_asks_for_it_holds_active_users_only(self):
        create_users("Invited", 1)
        names = [user.name for user in ADMIN.client.users.get_users()]
        self.assertEqual(names, ["Alex Admin", "Dev Eloper", "Vi Ewer"])
        # It sends `status=active` with a filter as well.
        filtered = ADMIN.client.users.get_users(filter='name co "invited" or name co "admin"')
        self.assertEqual([user.name for user in filtered], ["Alex Admin"])

    def test_a_filter_is_posted(self):
        names = create_users("Poster", 2)
        users = ADMIN.client.users.filter({"filter": 'name co "poster"'})
        self.assertEqual([user.name for user in users], names)

    def test_all_are_counted(self):
        total = ADMIN.client.users.count().total
        create_users("Counted", 2)
        self.assertEqual(ADMIN.client.users.count().total, total + 2)

    def test_one_is_created_read_changed_and_deleted(self):
        body = {"subject": "cleo", "name": "Cleo Created", "email": "cleo@example.com"}
        user = ADMIN.client.users.create(body)
        self.assertEqual(user.status, "invited")
        user.patch([{"op": "replace", "path": "/name", "value": "Cleo Changed"}])
        self.assertEqual(ADMIN.client.users.get(user.id).name, "Cleo Changed")
        user.delete()
        self.assert_refused(404, "Not Found", f"/api/v1/users/{user.id}", lambda: ADMIN.client.users.get(user.id))


class Roles(TestCase):
    """The family roles."""

    def test_the_built_in_ones_are_listed_and_read(self):
        roles = {role.name: role.id for role in ADMIN.client.roles.get_roles(limit=100)}
        for name in ("TenantAdmin", "Developer", "UserDefault"):
            self.assertEqual(ADMIN.client.roles.get(roles[name]).name, name)


class Tenants(TestCase):
    """The family tenants."""

    def test_me_is_followed_to_the_tenant_which_can_be_read_by_its_id_too(self):
        me = DEVELOPER.client.tenants.get_me()
        self.assertEqual((me.id, me.name, me.hostnames[0]), (TENANT_ID, "Example", "example.localhost"))
        self.assertEqual(DEVELOPER.client.tenants.get(TENANT_ID).id, TENANT_ID)

    def test_the_tenant_is_renamed(self):
        tenant = ADMIN.client.tenants.get(TENANT_ID)
        tenant.patch([{"op": "replace", "path": "/name", "value": "Renamed"}])
        self.assertEqual(ADMIN.client.tenants.get_me().name, "Renamed")
        tenant.patch([{"op": "replace", "path": "/name", "value": "Example"}])


class ApiKeys(TestCase):
    """The family api-keys."""

    def test_the_configuration_is_read_and_changed(self):
        before = DEVELOPER.client.api_keys.get_config(TENANT_ID)
        self.assertEqual((before.max_api_key_expiry, before.api_keys_enabled), ("P365D", True))

        def set_maximum(value):
            patch = [{"op": "replace", "path": "/max_keys_per_user", "value": value}]
            ADMIN.client.api_keys.patch_config(TENANT_ID, patch)

        set_maximum(17)
        self.assertEqual(ADMIN.client.api_keys.get_config(TENANT_ID).max_keys_per_user, 17)
        set_maximum(before.max_keys_per_user)

    def test_a_key_is_created_used_listed_changed_read_and_deleted(self):
        keys = DEVELOPER.client.api_keys
        created = keys.create({"description": "A key of qlik-sdk", "expiry": "P7D"})
        self.assertEqual((created.sub, created.status), (DEVELOPER.user_id, "active"))
        self.assertEqual(client(created.token).users.get_me().id, DEVELOPER.user_id)

        listed = [key.id for key in keys.get_api_keys(sub=DEVELOPER.user_id, status="active")]
        self.assertEqual(listed, [created.id, DEVELOPER.key_id])
        key = keys.get(created.id)
        key.patch([{"op": "replace", "path": "/description", "value": "Renamed"}])
        self.assertEqual(keys.get(created.id).description, "Renamed")

        key.delete()
        self.assert_refused(404, "Not Found", f"/api/v1/api-keys/{key.id}", lambda: keys.get(key.id))
        with self.assertRaises(AuthenticationException):
            client(created.token).users.get_me()

    def test_a_list_of_keys_is_walked_by_a_cursor_that_is_a_key(self):
        keys = DEVELOPER.client.api_keys
        ids = [keys.create({"description": description}).id for description in ("first", "second", "third")]
        listed = keys.get_api_keys(sub=DEVELOPER.user_id, status="active", sort="+created", limit=1)
        self.assertEqual([key.id for key in listed.pagination], [DEVELOPER.key_id, *ids])
        for key in listed[1:]:
            key.delete()

    def test_a_key_that_an_admin_deletes_is_revoked_and_opens_nothing_from_then_on(self):
        created = DEVELOPER.client.api_keys.create({"description": "To be revoked"})
        ADMIN.client.api_keys.get(created.id).delete()
        self.assertEqual(ADMIN.client.api_keys.get(created.id).status, "revoked")
        with self.assertRaises(AuthenticationException) as caught:
            client(created.token).users.get_me()
        self.assertEqual(str(caught.exception), "Unauthorized")


class OAuthClientCredentials(TestCase):
    """Signing in by client id and secret, which this client sends by HTTP Basic."""

    def setUp(self):
        super().setUp()
        asked = {
            "appType": "web",
            "clientName": "Robot",
            "allowedScopes": ["user_default", "admin_classic"],
            "allowedGrantTypes": ["client_credentials"],
            "connectionConfig": {"consentMethod": "trusted"},
        }
        made = self.ask_as_admin("POST", "/oauth-clients", asked)
        self.client_id, self.secret = made["clientId"], made["clientSecret"]
        self.path = f"/oauth-clients/{self.client_id}"
        self.subject = f"qlikbot\\{self.client_id}"
        self.addCleanup(self.remove)

    def remove(self):
        """Takes the OAuth client away, and its bot user, if it has one by then."""
        for bot in ADMIN.client.users.get_users(filter=f'clientId eq "{self.client_id}"', **NO_DEPRECATED_DEFAULTS):
            bot.delete()
        self.ask_as_admin("DELETE", self.path, **{"qlik-confirm-delete": self.client_id})

    @staticmethod
    def ask_as_admin(method, path, body=None, **headers):
        """Sends a request of the family oauth-clients, which the client does not know."""
        headers["Authorization"] = f"Bearer {ADMIN.token}"
        response = requests.request(method, f"{ORIGIN}/api/v1{path}", json=body, headers=headers, timeout=10)
        response.raise_for_status()
        return response.json() if response.content else None

    def robot(self, *scopes):
        """The client with id and secret; it has no token yet."""
        credentials = {"client_id": self.client_id, "client_secret": self.secret}
        return Qlik(Config(host=ORIGIN, auth_type=AuthType.OAuth2, scope=list(scopes), **credentials))

    def test_the_client_acts_for_itself_as_its_bot_user(self):
        robot = self.robot()
        token = robot.auth.authorize()
        self.assertEqual((token["token_type"], token["scope"]), ("bearer", "user_default"))
        me = robot.users.get_me()
        self.assertEqual((me.subject, me.clientId), (self.subject, self.client_id))

    def test_the_scope_says_how_much_of_the_bots_roles_it_may_use(self):
        modest, full = self.robot(), self.robot("admin_classic")
        modest.auth.authorize()
        full.auth.authorize()
        self.assert_refused(403, "Forbidden", "/api/v1/roles?limit=20", modest.roles.get_roles)
        self.assertIn("TenantAdmin", [role.name for role in full.roles.get_roles(limit=100)])

    def test_a_token_that_it_revokes_opens_nothing_from_then_on(self):
        robot = self.robot()
        token = robot.auth.authorize()["access_token"]
        self.assertEqual(client(token).users.get_me().subject, self.subject)
        robot.auth.deauthorize()
        with self.assertRaises(AuthenticationException):
            client(token).users.get_me()

    def test_a_plain_request_gets_a_token_by_a_secret_in_its_body(self):
        body = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.secret}
        for kind in ("json", "data"):
            with self.subTest(kind):
                response = requests.post(f"{ORIGIN}/oauth/token", **{kind: body}, timeout=10)
                token = response.json()["access_token"]
                self.assertEqual(client(token).users.get_me().subject, self.subject)

    def test_without_its_secret_it_gets_no_token(self):
        self.robot().auth.authorize()
        self.ask_as_admin("DELETE", f"{self.path}/client-secrets/{self.secret[-5:]}")
        with self.assertRaises(AuthenticationException) as caught:
            self.robot().auth.authorize()
        self.assertEqual(str(caught.exception), "invalid_client")


class Refusals(TestCase):
    """What a user of the client sees when the service says no."""

    def test_401_for_a_key_that_the_tenant_never_issued_is_the_title_of_the_error(self):
        junk = ADMIN.token.rpartition(".")[0] + "." + "A" * 128
        with self.assertRaises(AuthenticationException) as caught:
            client(junk).users.get_me()
        self.assertEqual(str(caught.exception), "Unauthorized")

    def test_403_for_a_developer_who_changes_what_is_the_tenants(self):
        patch = [{"op": "replace", "path": "/max_keys_per_user", "value": 1000}]
        qlik = DEVELOPER.client
        calls = {
            "/api/v1/users": lambda: qlik.users.create({"subject": "nobody"}),
            "/api/v1/roles?limit=20": qlik.roles.get_roles,
            f"/api/v1/api-keys/configs/{TENANT_ID}": lambda: qlik.api_keys.patch_config(TENANT_ID, patch),
            f"/api/v1/api-keys/{ADMIN.key_id}": lambda: qlik.api_keys.get(ADMIN.key_id),
        }
        for path, call in calls.items():
            with self.subTest(path):
                error = self.assert_refused(403, "Forbidden", path, call)
                self.assertRegex(error["detail"], "TenantAdmin|another user")

    def test_404_for_what_is_not_there(self):
        qlik = ADMIN.client
        calls = {
            "/api/v1/users/65ffffffffffffffffffffff": qlik.users.get,
            "/api/v1/roles/60ffffffffffffffffffffff": qlik.roles.get,
            "/api/v1/tenants/Mq7545_no_such_tenant_0000000000": qlik.tenants.get,
            "/api/v1/api-keys/00000000-0000-4000-8000-000000000000": qlik.api_keys.get,
        }
        codes = []
        for path, get in calls.items():
            with self.subTest(path):
                error = self.assert_refused(404, "Not Found", path, lambda: get(path.rpartition("/")[2]))
                codes.append(error["code"])
        self.assertEqual(codes, ["USERS-7", "IDENTITIES-10402", "TENANTS-8", "HTTP-404"])

    def test_400_for_what_cannot_be_understood(self):
        create = DEVELOPER.client.api_keys.create
        error = self.assert_refused(400, "Bad Request", "/api/v1/api-keys", lambda: create({"expiry": "P7D"}))
        self.assertEqual(error["source"], {"pointer": "/description"})

    def test_400_for_a_patch_of_its_own_class_which_it_sends_as_nothing(self):
        key = DEVELOPER.client.api_keys.get(DEVELOPER.key_id)
        patch = ApiKeysPatchSchema([{"op": "replace", "path": "/description", "value": "Renamed"}])
        path = f"/api/v1/api-keys/{DEVELOPER.key_id}"
        self.assert_refused(400, "Bad Request", path, lambda: key.patch(patch))

    def test_405_for_the_second_page_of_a_posted_filter_which_it_asks_for_by_get(self):
        users = ADMIN.client.users.filter({"filter": 'status eq "active"'}, limit=1)
        with self.assertRaises(requests.HTTPError) as caught:
            list(users.pagination)
        self.assertEqual(caught.exception.response.status_code, 405)


if __name__ == "__main__":
    unittest.main()
