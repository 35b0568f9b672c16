"""What a test looks like: it asks for a tenant and talks to it."""

import requests


def test_a_developer_sees_the_own_user(emulator, tenant):
    developer = tenant["developer"]
    headers = {"Authorization": f"Bearer {developer['token']}"}
    me = requests.get(f"{emulator}/api/v1/users/me", headers=headers, timeout=30)
    assert me.json()["email"] == developer["email"]
