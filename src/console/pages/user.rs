//! What is done to one user: disable, enable, delete, renew the invitation.

use askama::Template;
use axum::extract::Path;
use axum::response::Redirect;

use crate::api::error::ApiError;
use crate::console::flash::Flash;
use crate::console::form::{SessionForm, Unfit};
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Visitor, done};
use crate::domain::error::DomainError;
use crate::domain::policy::Action;
use crate::domain::user::UserStatus;
use crate::ops::users::{self, UserChange, UserChangeKind};

/// What a tenant admin is asked about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::console) enum Question {
    Disable,
    Delete,
}

/// The dialog that asks.
#[derive(Debug, Template)]
#[template(path = "user_question.html")]
pub(in crate::console) struct UserQuestionPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) question: Question,
    pub(in crate::console) user_id: String,
    pub(in crate::console) user_name: String,
    pub(in crate::console) problems: Vec<String>,
}

impl UserQuestionPage {
    fn new(visitor: &Visitor, question: Question, id: &str) -> Result<Self, ApiError> {
        visitor.require(Action::DeleteUser)?;
        let user = users::read(&visitor.context, id, |view| view.user.clone())?;
        let title = match question {
            Question::Disable => "Disable user",
            Question::Delete => "Delete user",
        };
        Ok(Self {
            shell: Shell::new(visitor, Section::Users, title),
            question,
            user_id: user.id.to_string(),
            user_name: user.name,
            problems: Vec::new(),
        })
    }

    pub(in crate::console) fn deletes(&self) -> bool {
        self.question == Question::Delete
    }
}

/// `GET /console/users/{id}/disable`.
pub(in crate::console) async fn ask_disable(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    visitor.show(&UserQuestionPage::new(&visitor, Question::Disable, &id)?)
}

/// `GET /console/users/{id}/delete`.
pub(in crate::console) async fn ask_delete(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    visitor.show(&UserQuestionPage::new(&visitor, Question::Delete, &id)?)
}

/// `GET` of a path that only takes forms.
pub(in crate::console) async fn back() -> Redirect {
    Redirect::to(super::users::PATH)
}

/// Locks the user out.
pub(in crate::console) async fn disable(Path(id): Path<String>, form: SessionForm) -> PageResult {
    match change(&form.visitor, &id, UserChangeKind::Status(UserStatus::Disabled)) {
        Ok(()) => Ok(done(Flash::UserDisabled, super::users::PATH)),
        Err(error) => ask_again(&form.visitor, Question::Disable, &id, error),
    }
}

/// Deletes the user.
pub(in crate::console) async fn delete(Path(id): Path<String>, form: SessionForm) -> PageResult {
    match users::delete(&form.visitor.context, &id) {
        Ok(()) => Ok(done(Flash::UserDeleted, super::users::PATH)),
        Err(error) => ask_again(&form.visitor, Question::Delete, &id, error),
    }
}

/// Lets the user in again.
pub(in crate::console) async fn enable(Path(id): Path<String>, form: SessionForm) -> PageResult {
    change(&form.visitor, &id, UserChangeKind::Status(UserStatus::Active))?;
    Ok(done(Flash::UserEnabled, super::users::PATH))
}

/// Lets the invitation last anew.
pub(in crate::console) async fn renew_invitation(Path(id): Path<String>, form: SessionForm) -> PageResult {
    change(&form.visitor, &id, UserChangeKind::RenewInvitation)?;
    Ok(done(Flash::InvitationRenewed, super::users::PATH))
}

fn change(visitor: &Visitor, id: &str, kind: UserChangeKind) -> Result<(), DomainError> {
    users::update(
        &visitor.context,
        id,
        vec![UserChange {
            kind,
            pointer: String::new(),
        }],
    )
    .map(|_| ())
}

fn ask_again(visitor: &Visitor, question: Question, id: &str, error: DomainError) -> PageResult {
    let unfit = Unfit::from(error, &mut [])?;
    let mut page = UserQuestionPage::new(visitor, question, id)?;
    page.problems = unfit.sentences;
    visitor.show_with(unfit.status, &page)
}
