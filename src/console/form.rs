//! What a form sends, and what is wrong with it. The values of a session's form can only be reached through its CSRF
//! check.

use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde_json::Value;

use super::visitor::Visitor;
use crate::api::error::ApiError;
use crate::api::extract::{
    CSRF_HEADER, InTenant, Origin, Parameters, read_body, require_own_site, session_cookie,
};
use crate::domain::document;
use crate::domain::error::{Denial, DomainError, Fault, Location, Refusal};
use crate::domain::secret::PresentedToken;
use crate::ops::authentication;

/// The field that carries the CSRF token of a session.
pub(super) const CSRF_FIELD: &str = "csrf";

/// The most bytes that a form may have. Our choice.
const FORM_LIMIT: usize = 65_536;

/// A form of somebody who has no session yet. Sent from another site, it is refused.
#[derive(Debug)]
pub(super) struct OpenForm(pub(super) Parameters);

impl<S: Send + Sync> FromRequest<S> for OpenForm {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        require_own_site(request.headers(), &Origin::of(&request))?;
        read(request).await.map(Self)
    }
}

/// A form of a session, with the caller. Without the session's CSRF token it is refused.
#[derive(Debug)]
pub(super) struct SessionForm {
    /// Who sent it.
    pub(super) visitor: Visitor,
    /// What was sent.
    pub(super) values: Parameters,
}

impl<S: Send + Sync> FromRequest<S> for SessionForm {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let form = SessionFormEvenIfDisabled::from_request(request, state).await?.0;
        form.visitor.context.require_open_tenant()?;
        Ok(form)
    }
}

/// A form of a session, even where the tenant is deactivated: only for signing out.
#[derive(Debug)]
pub(super) struct SessionFormEvenIfDisabled(pub(super) SessionForm);

impl<S: Send + Sync> FromRequest<S> for SessionFormEvenIfDisabled {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let InTenant(tenant) = InTenant::of(request.extensions())?;
        require_own_site(request.headers(), &Origin::of(&request))?;
        let cookie = session_cookie(request.headers()).ok_or(Refusal::NoCredential)?;
        let (context, csrf) = authentication::by_session(&tenant, &PresentedToken::new(cookie))?;
        let header = request
            .headers()
            .get(CSRF_HEADER)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let values = read(request).await?;
        let presented = header.as_deref().or(values.get(CSRF_FIELD));
        if !presented.is_some_and(|presented| csrf.matches(presented)) {
            return Err(Denial::CsrfToken.into());
        }
        Ok(Self(SessionForm {
            visitor: Visitor {
                context,
                csrf,
                flash: None,
            },
            values,
        }))
    }
}

async fn read(request: Request) -> Result<Parameters, ApiError> {
    let is_form = request.headers().get(header::CONTENT_TYPE).is_none_or(|kind| {
        kind.as_bytes()
            .to_ascii_lowercase()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    let (parts, body) = request.into_parts();
    let bytes = read_body(&parts.headers, body, FORM_LIMIT).await?;
    if !is_form && !bytes.is_empty() {
        return Err(ApiError::unsupported_media_type(
            "application/x-www-form-urlencoded",
        ));
    }
    Parameters::of_form(bytes)
}

/// A field of a form: what was typed, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    /// What was typed, or what there is to change.
    pub(super) value: String,
    /// What is wrong with it.
    pub(super) error: Option<String>,
}

impl Field {
    /// A field with something in it.
    pub(super) fn holding(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            error: None,
        }
    }

    /// A field as it was sent; one that was not sent is empty.
    pub(super) fn of(values: &Parameters, name: &str) -> Self {
        Self::holding(values.get(name).unwrap_or_default())
    }

    /// Whether nothing was typed.
    pub(super) fn is_empty(&self) -> bool {
        self.value.trim().is_empty()
    }

    /// Says what is wrong.
    pub(super) fn refuse(&mut self, sentence: impl Into<String>) {
        self.error = Some(sentence.into());
    }

    /// Reads the value as `kind`, or says what is wrong with it.
    pub(super) fn check<T>(&mut self, kind: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        kind(&self.value).map_err(|sentence| self.refuse(sentence)).ok()
    }

    /// The value, which must not be empty: by the rule that REST bodies go by.
    pub(super) fn filled(&mut self) -> Option<String> {
        self.check(|text| document::filled_text(&Value::String(text.trim().to_owned())))
    }
}

/// A form that was not carried out: the status of the answer, and the sentences above the fields.
#[derive(Debug)]
pub(super) struct Unfit {
    /// The status.
    pub(super) status: StatusCode,
    /// What belongs to no field.
    pub(super) sentences: Vec<String>,
}

impl Unfit {
    /// For a form with a fault in one of its fields.
    pub(super) fn by_field() -> Self {
        let status = ApiError::from(DomainError::Invalid(Vec::new())).status();
        Self {
            status,
            sentences: Vec::new(),
        }
    }

    /// Puts the faults of an error beside their fields. `fields` are pairs of a JSON pointer, as the use case names
    /// the value, and the field that it came from.
    ///
    /// # Errors
    /// The error itself, if it is about more than this form: a refusal, something missing, or a role that the caller
    /// no longer has.
    pub(super) fn from(error: DomainError, fields: &mut [(&str, &mut Field)]) -> Result<Self, ApiError> {
        let faults = match &error {
            DomainError::Invalid(faults) => faults.clone(),
            DomainError::Conflict(fault) => vec![fault.clone()],
            DomainError::Denied(Denial::NotTenantAdmin) => return Err(error.into()),
            DomainError::Denied(denial) => vec![Fault::of_request(denial.to_string())],
            _ => return Err(error.into()),
        };
        let mut unfit = Self {
            status: ApiError::from(error).status(),
            sentences: Vec::new(),
        };
        for fault in faults {
            let field = fields
                .iter_mut()
                .find(|(pointer, _)| matches!(&fault.location, Location::Pointer(at) if at == pointer));
            match field {
                Some((_, field)) => field.refuse(fault.sentence),
                None => unfit.sentences.push(fault.sentence),
            }
        }
        Ok(unfit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_find_their_fields_and_the_others_stand_above() {
        let (mut name, mut other) = (Field::holding("x"), Field::default());
        let faults = vec![Fault::at("/name", "Taken."), Fault::of_request("Broken.")];
        let fields: &mut [(&str, &mut Field)] = &mut [("/name", &mut name), ("/other", &mut other)];
        let unfit = Unfit::from(DomainError::Invalid(faults), fields).unwrap();
        assert_eq!(unfit.sentences, ["Broken."]);
        assert_eq!(
            (name.value.as_str(), name.error.as_deref(), other.error),
            ("x", Some("Taken."), None)
        );
        assert!(Unfit::from(Denial::NotTenantAdmin.into(), &mut []).is_err());
    }
}
