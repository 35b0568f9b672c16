//! Every page in every state, rendered: what a template cannot promise by itself is checked here.

use std::collections::HashSet;

use askama::Template;
use chrono::TimeDelta;

use super::assets::Assets;
use super::failure::{FailurePage, Help};
use super::flash::Flash;
use super::form::Field;
use super::lifetime::LifetimeFields;
use super::moment::Moment;
use super::pager::{Column, Pager};
use super::pages::api_keys::{ApiKeysPage, KeyRow};
use super::pages::authorize::ConsentPage;
use super::pages::generate::{Choice as Lifetime, GeneratePage};
use super::pages::group::{GroupDeletePage, GroupPage};
use super::pages::group_members::{GroupMembersPage, MemberRow};
use super::pages::group_roles::GroupRolesPage;
use super::pages::groups::{GroupRow, GroupsPage};
use super::pages::identity_providers::{
    IdentityProviderDeletePage, IdentityProviderPage, IdentityProvidersPage, ProviderRow,
};
use super::pages::invite::InvitePage;
use super::pages::oauth_client::{OAuthClientDeletePage, OAuthClientPage};
use super::pages::oauth_client_shown::{OAuthClientShownPage, ShownSecret};
use super::pages::oauth_clients::{OAuthClientRow, OAuthClientsPage};
use super::pages::own_key::{DeletePage, DescribePage};
use super::pages::own_keys::{AllowanceView, Obstacle, OwnKeysPage};
use super::pages::profile::ProfilePage;
use super::pages::revoke::RevokePage;
use super::pages::role::{RoleDeletePage, RolePage};
use super::pages::roles::{RoleRow, RolesPage};
use super::pages::settings::SettingsPage;
use super::pages::shown::{Secret, ShownPage};
use super::pages::sign_in::{Choice, SignInPage};
use super::pages::sign_out::SignOutPage;
use super::pages::user::{Question, UserQuestionPage};
use super::pages::user_roles::{RoleBox, UserRolesPage};
use super::pages::users::{UserRow, UsersPage};
use super::pages::web::{WebIntegrationRow, WebPage};
use super::pages::web_integration::{WebIntegrationDeletePage, WebIntegrationPage};
use super::shell::{Labels, Person, Section, Shell};
use crate::api::extract::Parameters;
use crate::domain::api_key::KeyStatus;
use crate::domain::clock::Timestamp;
use crate::domain::entropy::Entropy;
use crate::domain::error::Denial;
use crate::domain::group::GroupKind;
use crate::domain::oauth::client::{AppType, ConsentMethod};
use crate::domain::secret::MintedToken;
use crate::domain::settings::{ApiKeySettings, Edition};
use crate::domain::user::UserStatus;
use crate::ops::tenants::Admin;

mod emulator;

/// The address of a tenant: the only one that leads elsewhere.
const TENANT_URL: &str = "http://a.localhost:1/";

/// What somebody may write wherever something can be written.
const MARKUP: &str = r#"<b onclick="x">&'</b>"#;

/// A rendered page, and in which state of which page it is.
struct Sample {
    state: String,
    html: String,
}

fn moment() -> Moment {
    Moment::new(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + TimeDelta::days(3))
}

fn person(is_admin: bool) -> Person {
    Person {
        name: MARKUP.to_owned(),
        address: MARKUP.to_owned(),
        initials: "<&".to_owned(),
        is_admin,
        csrf: "token".to_owned(),
    }
}

fn shell(edition: Edition, section: Section) -> Shell {
    Shell {
        title: MARKUP.to_owned(),
        section,
        tenant: MARKUP.to_owned(),
        tenant_label: MARKUP.to_owned(),
        asked_tenant: Some(MARKUP.to_owned()),
        edition,
        labels: Labels::of(edition),
        clock: None,
        person: Some(person(true)),
        flash: None,
        assets: Assets::paths(),
    }
}

/// The surroundings in each state that they can have.
fn shells(section: Section) -> Vec<Shell> {
    let usual = shell(Edition::Classic, section);
    vec![
        Shell {
            clock: Some(("frozen", moment())),
            flash: Some(Flash::RolesSaved.sentence()),
            ..usual.clone()
        },
        Shell {
            person: Some(person(false)),
            ..usual.clone()
        },
        shell(Edition::Current, section),
        usual,
    ]
}

fn fine() -> Field {
    Field::holding(MARKUP)
}

fn faulty() -> Field {
    Field {
        value: MARKUP.to_owned(),
        error: Some(MARKUP.to_owned()),
    }
}

fn lifetimes() -> [LifetimeFields; 3] {
    let faulty_iso = LifetimeFields {
        iso: faulty(),
        ..LifetimeFields::empty()
    };
    let faulty_amount = LifetimeFields {
        amount: faulty(),
        unit: faulty(),
        iso: Field::default(),
    };
    [LifetimeFields::empty(), faulty_amount, faulty_iso]
}

fn problems() -> [Vec<String>; 2] {
    [Vec::new(), vec![MARKUP.to_owned(), MARKUP.to_owned()]]
}

fn key(status: KeyStatus, own: bool) -> KeyRow {
    KeyRow {
        id: format!("{}-{own}", status.as_str()),
        description: MARKUP.to_owned(),
        owner: MARKUP.to_owned(),
        owner_detail: if own { String::new() } else { MARKUP.to_owned() },
        created: moment(),
        last_updated: moment(),
        expiry: moment(),
        status,
        own,
    }
}

fn keys() -> Vec<KeyRow> {
    vec![
        key(KeyStatus::Active, true),
        key(KeyStatus::Expired, false),
        key(KeyStatus::Revoked, false),
    ]
}

fn pagers() -> [Pager; 2] {
    let link = || Some(format!("/x?next={}", "a&b"));
    [
        Pager {
            shown: 1,
            total: 1,
            ..Pager::default()
        },
        Pager {
            shown: 20,
            total: 57,
            previous: link(),
            next: link(),
        },
    ]
}

fn column(label: &'static str, direction: Option<&'static str>) -> Column {
    Column {
        label,
        word: label,
        link: "/x?sort=%2Bname&q=1".to_owned(),
        direction,
    }
}

fn allowance(edition: Edition, is_admin: bool, denials: &[Denial]) -> AllowanceView {
    AllowanceView {
        obstacles: denials
            .iter()
            .map(|denial| Obstacle::new(*denial, edition, is_admin))
            .collect(),
        active: 1,
        maximum: 5,
        longest: "24 hours".to_owned(),
    }
}

const DENIALS: [Denial; 4] = [
    Denial::KeysSwitchedOff,
    Denial::MayNotHoldKeys,
    Denial::KeyLimitReached { maximum: 5 },
    Denial::ExternalClient,
];

fn role(custom: bool, manage_keys: bool) -> RoleRow {
    RoleRow {
        id: format!("{custom}-{manage_keys}"),
        name: MARKUP.to_owned(),
        title: MARKUP.to_owned(),
        description: if custom { MARKUP.to_owned() } else { String::new() },
        custom,
        administers: !custom,
        holders: custom.then_some(usize::from(manage_keys)),
        groups: usize::from(custom && manage_keys),
        manage_keys,
        can_edit: true,
        can_delete: custom,
    }
}

fn role_box(custom: bool) -> RoleBox {
    RoleBox {
        id: custom.to_string(),
        name: MARKUP.to_owned(),
        title: MARKUP.to_owned(),
        description: if custom { MARKUP.to_owned() } else { String::new() },
        custom,
        ticked: custom,
    }
}

fn group(kind: GroupKind, members: usize) -> GroupRow {
    let custom = kind == GroupKind::Custom;
    GroupRow {
        id: format!("{kind:?}-{members}"),
        name: MARKUP.to_owned(),
        title: MARKUP.to_owned(),
        kind,
        description: if custom { MARKUP.to_owned() } else { String::new() },
        roles: vec![MARKUP.to_owned(); members],
        members: (kind != GroupKind::System).then_some(members),
    }
}

/// Every page in every state.
fn samples() -> Vec<Sample> {
    let mut samples = Samples::default();
    samples.outside();
    samples.settings();
    samples.users();
    samples.api_keys();
    samples.roles();
    samples.groups();
    samples.identity_providers();
    samples.oauth();
    samples.web();
    samples.profile();
    samples.emulator();
    samples.0
}

#[derive(Default)]
struct Samples(Vec<Sample>);

impl Samples {
    fn add(&mut self, page: &impl Template) {
        let name = std::any::type_name_of_val(page)
            .rsplit("::")
            .next()
            .unwrap_or_default();
        let state = format!("{name} {}", self.0.len());
        self.0.push(Sample {
            html: page.render().unwrap_or_else(|error| panic!("{state}: {error}")),
            state,
        });
    }

    fn outside(&mut self) {
        let admin = |email: Option<&str>| Admin {
            name: MARKUP.to_owned(),
            email: email.map(str::to_owned),
        };
        let admins = vec![admin(Some(MARKUP)), admin(None)];
        let helps = [
            Help::Elsewhere,
            Help::SignIn,
            Help::SendAgain,
            Help::Reactivate,
            Help::Ask(Vec::new()),
            Help::Ask(admins),
        ];
        for help in helps {
            let shell = Shell {
                person: None,
                ..shell(Edition::Classic, Section::None)
            };
            let trace_id = Some("0".repeat(32));
            self.add(&FailurePage {
                shell,
                status: 0,
                sentences: problems().concat(),
                help,
                trace_id,
            });
        }
        let choice = |id: &str, status, hinted, roles: &[&str]| Choice {
            id: id.to_owned(),
            name: MARKUP.to_owned(),
            initials: "<&".to_owned(),
            address: MARKUP.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            status,
            hinted,
        };
        let choices = [
            choice("1", None, true, &[MARKUP, "b"]),
            choice("2", Some("Invited"), false, &[]),
            choice("3", None, false, &[]),
        ];
        for (choices, search) in [(&choices[..], ""), (&choices[..0], ""), (&choices[..0], MARKUP)] {
            self.add(&SignInPage {
                shell: Shell {
                    person: None,
                    ..shell(Edition::Current, Section::None)
                },
                return_to: MARKUP.to_owned(),
                integration: (!search.is_empty()).then(|| MARKUP.to_owned()),
                found: choices.len() * 2,
                choices: choices.to_vec(),
                search: search.to_owned(),
                searchable: !search.is_empty() || !choices.is_empty(),
                problem: (!search.is_empty()).then(|| MARKUP.to_owned()),
            });
        }
        for shell in shells(Section::None) {
            self.add(&SignOutPage { shell });
        }
    }

    fn settings(&mut self) {
        for shell in shells(Section::Settings) {
            for (lifetime, per_user) in lifetimes().into_iter().zip([fine(), faulty(), fine()]) {
                for problems in problems() {
                    let enabled = problems.is_empty();
                    self.add(&SettingsPage {
                        shell: shell.clone(),
                        settings: ApiKeySettings {
                            enabled,
                            ..ApiKeySettings::default()
                        },
                        lifetime: lifetime.clone(),
                        per_user: per_user.clone(),
                        creates_groups: enabled,
                        inactivity: per_user.clone(),
                        lifespan: per_user.clone(),
                        problems,
                        tenant_id: MARKUP.to_owned(),
                        hostnames: vec![MARKUP.to_owned(), "b".to_owned()],
                        region: MARKUP.to_owned(),
                    });
                }
            }
        }
    }

    fn users(&mut self) {
        let user = |(status, own): (UserStatus, bool)| UserRow {
            id: status.as_str().to_owned(),
            name: MARKUP.to_owned(),
            initials: "<&".to_owned(),
            address: MARKUP.to_owned(),
            status,
            roles: if own {
                vec![MARKUP.to_owned(), "b".to_owned()]
            } else {
                Vec::new()
            },
            inherited_roles: vec![MARKUP.to_owned(); usize::from(own)],
            created: moment(),
            invite_expiry: (status == UserStatus::Invited).then(moment),
            own,
        };
        let rows: Vec<UserRow> = UserStatus::WORDS
            .map(|(_, status)| (status, status == UserStatus::Active))
            .map(user)
            .into();
        for (shell, (rows, search)) in shells(Section::Users).into_iter().zip([
            (rows.clone(), ""),
            (Vec::new(), MARKUP),
            (rows.clone(), MARKUP),
            (rows, ""),
        ]) {
            for pager in pagers() {
                self.add(&UsersPage {
                    shell: shell.clone(),
                    search: search.to_owned(),
                    status: "active".to_owned(),
                    columns: vec![column("Name", Some("ascending")), column("Status", None)],
                    rows: rows.clone(),
                    pager,
                    everything: "/console/users",
                });
            }
        }
        for shell in shells(Section::Users) {
            for (email, name) in [(fine(), fine()), (faulty(), faulty())] {
                self.add(&InvitePage {
                    shell: shell.clone(),
                    email,
                    name,
                });
            }
            for (problems, question) in problems().into_iter().zip([Question::Disable, Question::Delete]) {
                self.add(&UserRolesPage {
                    shell: shell.clone(),
                    user_id: "1".to_owned(),
                    user_name: MARKUP.to_owned(),
                    boxes: vec![role_box(true), role_box(false)],
                    problems: problems.clone(),
                });
                self.add(&UserQuestionPage {
                    shell: shell.clone(),
                    question,
                    user_id: "1".to_owned(),
                    user_name: MARKUP.to_owned(),
                    problems,
                });
            }
        }
    }

    fn api_keys(&mut self) {
        for shell in shells(Section::ApiKeys) {
            for (rows, search) in [
                (keys(), ""),
                (Vec::new(), MARKUP),
                (Vec::new(), ""),
                (keys().split_off(1), ""),
            ] {
                for pager in pagers() {
                    self.add(&ApiKeysPage {
                        shell: shell.clone(),
                        search: search.to_owned(),
                        status: String::new(),
                        name: vec![column("Name", Some("descending"))],
                        columns: vec![column("Owner", None)],
                        rows: rows.clone(),
                        pager,
                        everything: "/console/api-keys",
                    });
                }
            }
            self.add(&RevokePage {
                shell: shell.clone(),
                rows: keys(),
            });
            self.add(&RevokePage {
                shell,
                rows: vec![key(KeyStatus::Active, false)],
            });
        }
    }

    fn roles(&mut self) {
        let rows = || {
            vec![
                role(false, true),
                role(false, false),
                role(true, true),
                role(true, false),
            ]
        };
        for shell in shells(Section::Roles) {
            for (rows, search) in [(rows(), ""), (rows().split_off(2), MARKUP), (Vec::new(), MARKUP)] {
                let search = search.to_owned();
                self.add(&RolesPage {
                    shell: shell.clone(),
                    search,
                    rows,
                    total: 4,
                    everything: "/console/roles",
                });
            }
            for role in rows().into_iter().map(Some).chain([None]) {
                for (field, problems) in [fine(), faulty()].into_iter().zip(problems()) {
                    self.add(&RolePage {
                        shell: shell.clone(),
                        manage_keys: role.as_ref().is_some_and(|role| role.manage_keys),
                        role: role.clone(),
                        name: field.clone(),
                        description: field,
                        default_manages_keys: problems.is_empty(),
                        problems,
                    });
                }
            }
            for (role, problems) in [role(true, true), role(true, false)].into_iter().zip(problems()) {
                self.add(&RoleDeletePage {
                    shell: shell.clone(),
                    role,
                    problems,
                });
            }
        }
    }

    fn identity_providers(&mut self) {
        let row = |id: &str, jwt: bool, active: bool| ProviderRow {
            id: id.to_owned(),
            title: MARKUP.to_owned(),
            kind: if jwt { "JWT" } else { "OIDC" },
            product: (!jwt).then_some("okta"),
            issuer: jwt.then(|| (MARKUP.to_owned(), MARKUP.to_owned())),
            active,
            pending: !jwt && !active,
            created: moment(),
        };
        let rows = vec![
            row("a", true, true),
            row("b", true, false),
            row("c", false, true),
            row("d", false, false),
        ];
        for shell in shells(Section::IdentityProviders) {
            for rows in [rows.clone(), vec![row("a", true, true)], Vec::new()] {
                self.add(&IdentityProvidersPage {
                    shell: shell.clone(),
                    rows,
                });
            }
            for (field, problems) in [fine(), faulty()].into_iter().zip(problems()) {
                self.add(&IdentityProviderPage {
                    shell: shell.clone(),
                    description: field.clone(),
                    issuer: field.clone(),
                    key_id: field.clone(),
                    pem: field,
                    problems: problems.clone(),
                });
                self.add(&IdentityProviderDeletePage {
                    shell: shell.clone(),
                    row: row("a", problems.is_empty(), true),
                    problems,
                });
            }
        }
    }

    fn oauth(&mut self) {
        for shell in shells(Section::None) {
            for (scopes, description) in [(0, ""), (2, MARKUP)] {
                self.add(&ConsentPage {
                    shell: shell.clone(),
                    client_name: MARKUP.to_owned(),
                    client_description: description.to_owned(),
                    destination: MARKUP.to_owned(),
                    scopes: vec![(MARKUP.to_owned(), "A sentence."); scopes],
                    query: MARKUP.to_owned(),
                });
            }
        }
        let row = |(index, (_, app_type)): (usize, (&str, AppType))| OAuthClientRow {
            id: index.to_string(),
            name: MARKUP.to_owned(),
            description: MARKUP[..index * 3].to_owned(),
            app_type,
            scopes: vec![MARKUP.to_owned(); index],
            redirect_uris: vec![MARKUP.to_owned(); index],
            consent: (index > 0).then_some(ConsentMethod::Trusted),
            created: moment(),
            is_published: index > 0,
        };
        let rows: Vec<OAuthClientRow> = AppType::WORDS.into_iter().enumerate().map(row).collect();
        for shell in shells(Section::OAuth) {
            for rows in [rows.clone(), rows[..1].to_vec(), Vec::new()] {
                self.add(&OAuthClientsPage {
                    shell: shell.clone(),
                    rows,
                });
            }
            for (field, problems) in [fine(), faulty()].into_iter().zip(problems()) {
                self.add(&OAuthClientPage {
                    shell: shell.clone(),
                    name: field.clone(),
                    description: field.clone(),
                    app_type: field.clone(),
                    scopes: field.clone(),
                    redirect_uris: field.clone(),
                    origins: field.clone(),
                    grants: field.clone(),
                    consent: field,
                    problems,
                });
            }
            for curl in [None, Some(MARKUP.to_owned())] {
                self.add(&OAuthClientShownPage {
                    shell: shell.clone(),
                    client: rows[0].clone(),
                    secret: Some(ShownSecret {
                        secret: MARKUP.to_owned(),
                        curl,
                    }),
                });
            }
            self.add(&OAuthClientShownPage {
                shell: shell.clone(),
                client: rows[0].clone(),
                secret: None,
            });
            self.add(&OAuthClientDeletePage {
                shell,
                row: rows[0].clone(),
            });
        }
    }

    fn web(&mut self) {
        let row = |id: &str, origins: usize| WebIntegrationRow {
            id: id.to_owned(),
            name: MARKUP.to_owned(),
            origins: vec![MARKUP.to_owned(); origins],
            last_updated: moment(),
            created: moment(),
        };
        for shell in shells(Section::Web) {
            for rows in [vec![row("a", 2), row("b", 0)], vec![row("a", 1)], Vec::new()] {
                self.add(&WebPage {
                    shell: shell.clone(),
                    rows,
                });
            }
            for (field, problems) in [fine(), faulty()].into_iter().zip(problems()) {
                self.add(&WebIntegrationPage {
                    shell: shell.clone(),
                    action: "/console/web/new".to_owned(),
                    name: field.clone(),
                    origins: field,
                    problems,
                });
            }
            self.add(&WebIntegrationDeletePage {
                shell,
                row: row("a", 1),
            });
        }
    }

    fn groups(&mut self) {
        let rows = vec![
            group(GroupKind::System, 1),
            group(GroupKind::Idp, 2),
            group(GroupKind::Custom, 1),
            group(GroupKind::Custom, 0),
        ];
        for shell in shells(Section::Groups) {
            for ((rows, search), pager) in [(rows.clone(), ""), (Vec::new(), MARKUP)]
                .into_iter()
                .zip(pagers())
            {
                self.add(&GroupsPage {
                    shell: shell.clone(),
                    search: search.to_owned(),
                    columns: vec![column("Name", Some("ascending")), column("Type", None)],
                    rows,
                    pager,
                    everything: "/console/groups",
                });
            }
            for (field, problems) in [fine(), faulty()].into_iter().zip(problems()) {
                self.add(&GroupPage {
                    shell: shell.clone(),
                    action: "/console/groups/new".to_owned(),
                    name: field.clone(),
                    description: field.clone(),
                    problems: problems.clone(),
                });
                self.add(&GroupRolesPage {
                    shell: shell.clone(),
                    group_id: "1".to_owned(),
                    group_name: MARKUP.to_owned(),
                    boxes: vec![role_box(true), role_box(false)],
                    problems: problems.clone(),
                });
                for group in &rows {
                    self.add(&GroupDeletePage {
                        shell: shell.clone(),
                        group: group.clone(),
                        problems: problems.clone(),
                    });
                    let member = |id: usize| MemberRow {
                        id: id.to_string(),
                        name: MARKUP.to_owned(),
                        initials: "<&".to_owned(),
                        address: MARKUP.to_owned(),
                    };
                    self.add(&GroupMembersPage {
                        shell: shell.clone(),
                        group: group.clone(),
                        rows: (0..group.members.unwrap_or_default()).map(member).collect(),
                        pager: pagers()[usize::from(problems.is_empty())].clone(),
                        user: field.clone(),
                        problems: problems.clone(),
                    });
                }
            }
        }
    }

    fn profile(&mut self) {
        for shell in shells(Section::Profile) {
            for email in [None, Some(MARKUP.to_owned())] {
                let words = if email.is_some() {
                    vec![MARKUP.to_owned(), "b".to_owned()]
                } else {
                    Vec::new()
                };
                self.add(&ProfilePage {
                    shell: shell.clone(),
                    name: MARKUP.to_owned(),
                    initials: "<&".to_owned(),
                    email,
                    subject: MARKUP.to_owned(),
                    user_id: MARKUP.to_owned(),
                    tenant_id: MARKUP.to_owned(),
                    roles: words.clone(),
                    inherited_roles: words.clone(),
                    groups: words.clone(),
                    scopes: words,
                    created: moment(),
                });
            }
        }
        for shell in shells(Section::OwnApiKeys) {
            let is_admin = shell.person.as_ref().is_some_and(|person| person.is_admin);
            for denials in [&DENIALS[..], &[]] {
                let allowance = allowance(shell.edition, is_admin, denials);
                for (rows, pager) in [keys(), Vec::new()].into_iter().zip(pagers()) {
                    let (shell, allowance, can_change) =
                        (shell.clone(), allowance.clone(), denials.is_empty());
                    self.add(&OwnKeysPage {
                        shell,
                        rows,
                        pager,
                        allowance,
                        can_change,
                    });
                }
                for (custom, expires) in
                    lifetimes()
                        .into_iter()
                        .zip([fine(), faulty(), Field::holding("custom")])
                {
                    self.add(&GeneratePage {
                        shell: shell.clone(),
                        allowance: allowance.clone(),
                        description: expires.clone(),
                        expires,
                        choices: vec![Lifetime {
                            value: MARKUP.to_owned(),
                            label: MARKUP.to_owned(),
                        }],
                        custom,
                        problems: problems().concat(),
                    });
                }
            }
            for (description, problems) in [fine(), faulty()].into_iter().zip(problems()) {
                let key = key(KeyStatus::Active, true);
                self.add(&DeletePage {
                    shell: shell.clone(),
                    key: key.clone(),
                    problems: problems.clone(),
                });
                self.add(&DescribePage {
                    shell: shell.clone(),
                    key,
                    description,
                    problems,
                });
            }
            let token = MintedToken::opaque(&Entropy::seeded(1));
            let secret = Secret::new(&token, "http://127.0.0.1:7545", MARKUP);
            self.add(&ShownPage {
                shell: shell.clone(),
                key: key(KeyStatus::Active, true),
                secret: Some(secret),
            });
            self.add(&ShownPage {
                shell,
                key: key(KeyStatus::Active, true),
                secret: None,
            });
        }
    }
}

/// The values of an attribute, wherever it stands.
fn values<'h>(html: &'h str, attribute: &str) -> Vec<&'h str> {
    let opening = format!(" {attribute}=\"");
    html.split(&opening)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn markup_that_somebody_wrote_is_text() {
    for Sample { state, html } in samples() {
        assert!(
            !html.contains("<b ") && !html.contains("onclick=\""),
            "{state}:\n{html}"
        );
    }
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    for Sample { state, html } in samples() {
        assert!(
            !html.contains("<style") && values(&html, "style").is_empty(),
            "{state}"
        );
        assert_eq!(
            html.matches("<script").count(),
            html.matches("<script src=\"/assets/").count(),
            "{state}"
        );
        for attribute in ["href", "src", "action"] {
            for address in values(&html, attribute) {
                let own = address.starts_with('/') && !address.starts_with("//");
                assert!(
                    own || address.is_empty()
                        || ["#main", TENANT_URL].contains(&address)
                        || address.starts_with("data:application/json,"),
                    "{state}: {address}"
                );
            }
        }
    }
}

#[test]
fn every_form_of_a_session_carries_its_token() {
    for Sample { state, html } in samples() {
        for form in html
            .split("<form")
            .skip(1)
            .map(|rest| rest.split("</form>").next().unwrap_or_default())
        {
            // The others speak for no session, and are refused by where they come from.
            let has_a_session =
                !form.contains("action=\"/login\"") && !form.contains("action=\"/_mock/emulator/");
            let needs_one = form.contains("method=\"post\"") && has_a_session;
            assert_eq!(
                form.contains("name=\"csrf\" value=\""),
                needs_one,
                "{state}: {form}"
            );
        }
        assert!(
            !html.contains("<form") || html.matches("<form").count() == html.matches("</form>").count(),
            "{state}"
        );
    }
}

#[test]
fn every_page_has_one_heading_and_whole_references() {
    for Sample { state, html } in samples() {
        assert_eq!(html.matches("<h1").count(), 1, "{state}");
        let ids = values(&html, "id");
        let known: HashSet<_> = ids.iter().collect();
        assert_eq!(known.len(), ids.len(), "{state}: an id stands twice in {ids:?}");
        for attribute in ["for", "aria-describedby", "aria-labelledby"] {
            for id in values(&html, attribute)
                .into_iter()
                .flat_map(str::split_whitespace)
            {
                assert!(known.contains(&id), "{state}: {attribute} names {id}");
            }
        }
    }
}

#[test]
fn a_page_for_somebody_without_the_role_has_no_way_into_the_console() {
    let seen = shells(Section::OwnApiKeys)
        .into_iter()
        .filter(|shell| !shell.person.as_ref().unwrap().is_admin);
    for shell in seen {
        let allowance = allowance(shell.edition, false, &DENIALS);
        let page = OwnKeysPage {
            shell,
            rows: keys(),
            pager: pagers()[0].clone(),
            allowance,
            can_change: false,
        };
        let html = page.render().unwrap();
        assert!(!html.contains("/console/") && html.contains("obstacle-may-not-hold-keys"));
    }
}
