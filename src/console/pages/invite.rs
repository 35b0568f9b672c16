//! Inviting a user.

use askama::Template;

use crate::console::flash::Flash;
use crate::console::form::{Field, SessionForm, Unfit};
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Visitor, done};
use crate::domain::policy::Action;
use crate::ops::users::{self, Invitation, Invitee};

/// The dialog.
#[derive(Debug, Template)]
#[template(path = "invite.html")]
pub(in crate::console) struct InvitePage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) email: Field,
    pub(in crate::console) name: Field,
}

impl InvitePage {
    fn new(visitor: &Visitor, email: Field, name: Field) -> Self {
        Self {
            shell: Shell::new(visitor, Section::Users, "Invite a user"),
            email,
            name,
        }
    }
}

/// `GET /console/users/invite`.
pub(in crate::console) async fn ask(visitor: Visitor) -> PageResult {
    visitor.require(Action::InviteUsers)?;
    visitor.show(&InvitePage::new(&visitor, Field::default(), Field::default()))
}

/// Invites somebody.
pub(in crate::console) async fn invite(SessionForm { visitor, values }: SessionForm) -> PageResult {
    let (mut email, name) = (Field::of(&values, "email"), Field::of(&values, "name"));
    let invitee = Invitee {
        email: email.value.trim().to_owned(),
        name: (!name.is_empty()).then(|| name.value.trim().to_owned()),
        resend: false,
        language: None,
    };
    for (_, outcome) in users::invite(&visitor.context, vec![invitee])? {
        match outcome {
            Invitation::Sent { .. } => {}
            Invitation::Exists { .. } => {
                email.refuse(
                    "This address is invited already. Its invitation can be renewed in the list of users.",
                );
            }
            Invitation::ActiveUser => email.refuse("A user with this address is active already."),
            Invitation::DisabledUser => {
                email.refuse("A user with this address is disabled. Enable the user instead.")
            }
            Invitation::NotAnAddress => email.refuse("Must be an e-mail address such as user@example.com."),
        }
    }
    if email.error.is_some() {
        return visitor.show_with(Unfit::by_field().status, &InvitePage::new(&visitor, email, name));
    }
    Ok(done(Flash::Invited, super::users::PATH))
}
