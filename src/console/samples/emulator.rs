//! The pages over the control API.

use super::*;
use crate::console::emulator::clock::ClockPage;
use crate::console::emulator::faults::{FaultField, FaultRow, FaultsPage};
use crate::console::emulator::requests::{Filter, RequestRow, RequestsPage};
use crate::console::emulator::reset::ResetPage;
use crate::console::emulator::snapshots::{SnapshotRow, SnapshotsPage};
use crate::console::emulator::tenants::{
    NewKey, TenantCreatedPage, TenantDeletePage, TenantRow, TenantsPage,
};
use crate::console::emulator::token::TokenPage;
use crate::domain::clock::ClockMode;

fn request(sequence: u64, status: Option<u16>) -> RequestRow {
    let some = status.is_some();
    RequestRow {
        sequence,
        at: moment(),
        method: MARKUP.to_owned(),
        address: MARKUP.to_owned(),
        operation: some.then_some(MARKUP),
        status,
        refusal: some.then_some(MARKUP),
        sender: some.then(|| MARKUP.to_owned()),
        milliseconds: MARKUP.to_owned(),
        faults: if some { String::new() } else { MARKUP.to_owned() },
        request: MARKUP.to_owned(),
        response: MARKUP.to_owned(),
    }
}

fn tenant(is_default: bool) -> TenantRow {
    TenantRow {
        name: MARKUP.to_owned(),
        id: MARKUP.to_owned(),
        edition: "classic",
        users: 1,
        keys: 0,
        url: TENANT_URL.to_owned(),
        steer: "/x?tenant=a&b".to_owned(),
        delete: "/_mock/emulator/tenants/a/delete".to_owned(),
        is_default,
    }
}

fn fault(id: &str, state: &'static str) -> FaultRow {
    let part = if state == "active" {
        vec![("status", MARKUP.to_owned())]
    } else {
        Vec::new()
    };
    FaultRow {
        id: id.to_owned(),
        state,
        target: part.clone(),
        effect: part.clone(),
        schedule: part,
        matches: 2,
        hits: 1,
        remove: "/_mock/emulator/faults/fault-1/remove".to_owned(),
    }
}

fn snapshot() -> SnapshotRow {
    SnapshotRow {
        name: MARKUP.to_owned(),
        saved: moment(),
        users: 1,
        keys: 1,
        seed: "/_mock/snapshots/a".to_owned(),
        restore: "/_mock/emulator/snapshots/a/restore".to_owned(),
        delete: "/_mock/emulator/snapshots/a/delete".to_owned(),
    }
}

impl Samples {
    pub(super) fn emulator(&mut self) {
        let somebody = shells(Section::Clock);
        let nobody = Shell {
            person: None,
            asked_tenant: None,
            ..somebody[0].clone()
        };
        for shell in somebody.into_iter().chain([nobody]) {
            let in_section = |section| Shell {
                section,
                ..shell.clone()
            };
            for (field, problems) in [fine(), faulty()].into_iter().zip(problems()) {
                let is_fine = problems.is_empty();
                self.add(&ClockPage {
                    shell: in_section(Section::Clock),
                    now: moment(),
                    mode: if is_fine {
                        ClockMode::Frozen
                    } else {
                        ClockMode::Shifted
                    },
                    rate: if is_fine { 0.0 } else { 60.5 },
                    instant: field.clone(),
                    advance: field.clone(),
                });
                let rows = vec![request(1, Some(200)), request(2, Some(301)), request(3, None)];
                self.add(&RequestsPage {
                    shell: in_section(Section::Requests),
                    filter: Filter {
                        method: field.clone(),
                        path: field.clone(),
                        operation: field.clone(),
                        status: field.clone(),
                        sender: field.clone(),
                    },
                    problems: problems.clone(),
                    rows: if is_fine { rows } else { Vec::new() },
                    dropped: 3,
                    stream: is_fine.then(|| "/_mock/requests/stream?path=a&b".to_owned()),
                });
                let mut fields = FaultField::all(&Parameters::default());
                for entry in &mut fields {
                    entry.field = field.clone();
                }
                let rows = vec![fault("fault-1", "active"), fault("fault-2", "spent")];
                self.add(&FaultsPage {
                    shell: in_section(Section::Faults),
                    rows: if is_fine { rows } else { Vec::new() },
                    fields,
                    problems: problems.clone(),
                });
                self.add(&SnapshotsPage {
                    shell: in_section(Section::Snapshots),
                    rows: if is_fine { vec![snapshot()] } else { Vec::new() },
                    name: field.clone(),
                });
                self.add(&TenantsPage {
                    shell: in_section(Section::Tenants),
                    rows: vec![tenant(true), tenant(false)],
                    name: field.clone(),
                    seed: MARKUP.to_owned(),
                    edition: "current".to_owned(),
                    problems,
                });
                let key = |handle| NewKey {
                    label: "Key",
                    handle,
                    owner: MARKUP.to_owned(),
                    token: MARKUP.to_owned(),
                };
                self.add(&TenantCreatedPage {
                    shell: in_section(Section::Tenants),
                    tenant: tenant(false),
                    keys: if is_fine {
                        vec![key("one"), key("two")]
                    } else {
                        Vec::new()
                    },
                });
                self.add(&TenantDeletePage {
                    shell: in_section(Section::Tenants),
                    tenant: tenant(false),
                });
                self.add(&ResetPage {
                    shell: in_section(Section::Reset),
                    are_several: is_fine,
                });
                self.add(&TokenPage {
                    shell: in_section(Section::None),
                    return_to: MARKUP.to_owned(),
                    token: field,
                });
            }
        }
    }
}
