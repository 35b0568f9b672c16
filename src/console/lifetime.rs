//! How long a key lives, as a form has it: a number and a unit, or an ISO 8601 duration for everything else.

use serde_json::Value;

use super::form::Field;
use crate::api::extract::Parameters;
use crate::domain::document;
use crate::domain::duration::Iso8601Duration;

/// A unit that the form offers, and how ISO 8601 writes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    /// The value in the form, and its label.
    pub(super) name: &'static str,
    prefix: &'static str,
    designator: &'static str,
}

/// The units that the form offers.
pub(super) const UNITS: [Unit; 6] = [
    Unit {
        name: "minutes",
        prefix: "PT",
        designator: "M",
    },
    Unit {
        name: "hours",
        prefix: "PT",
        designator: "H",
    },
    Unit {
        name: "days",
        prefix: "P",
        designator: "D",
    },
    Unit {
        name: "weeks",
        prefix: "P",
        designator: "W",
    },
    Unit {
        name: "months",
        prefix: "P",
        designator: "M",
    },
    Unit {
        name: "years",
        prefix: "P",
        designator: "Y",
    },
];

/// The fields, with what was typed and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(super) struct LifetimeFields {
    /// The number.
    pub(super) amount: Field,
    /// The unit: the name of one of [`UNITS`].
    pub(super) unit: Field,
    /// The ISO 8601 duration, which wins if there is one.
    pub(super) iso: Field,
}

impl LifetimeFields {
    /// The fields filled with a duration.
    pub(super) fn holding(duration: &Iso8601Duration) -> Self {
        let text = duration.as_str();
        let simple = UNITS.iter().find_map(|unit| {
            let amount = text.strip_prefix(unit.prefix)?.strip_suffix(unit.designator)?;
            amount
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then_some((amount, unit.name))
        });
        match simple {
            Some((amount, unit)) => Self {
                amount: Field::holding(amount),
                unit: Field::holding(unit),
                iso: Field::default(),
            },
            None => Self {
                iso: Field::holding(text),
                ..Self::empty()
            },
        }
    }

    /// The fields with nothing in them.
    pub(super) fn empty() -> Self {
        Self {
            amount: Field::default(),
            unit: Field::holding("days"),
            iso: Field::default(),
        }
    }

    /// The fields as they were sent.
    pub(super) fn of(values: &Parameters) -> Self {
        Self {
            amount: Field::of(values, "amount"),
            unit: Field::of(values, "unit"),
            iso: Field::of(values, "iso"),
        }
    }

    /// The duration, or none and the reason beside the field that it is about.
    pub(super) fn read(&mut self) -> Option<Iso8601Duration> {
        if !self.iso.is_empty() {
            return self.iso.check(|text| lifetime(text.trim()));
        }
        let unit = UNITS.iter().find(|unit| unit.name == self.unit.value);
        let Some(unit) = unit else {
            self.unit.refuse("Choose a unit.");
            return None;
        };
        self.amount.check(|text| {
            let digits = text.trim();
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err("Must be a whole number.".to_owned());
            }
            lifetime(&format!("{}{digits}{}", unit.prefix, unit.designator))
        })
    }

    /// The field that an error about the duration as a whole belongs to.
    pub(super) fn decisive(&mut self) -> &mut Field {
        if self.iso.is_empty() {
            &mut self.amount
        } else {
            &mut self.iso
        }
    }
}

/// A duration in which time passes, by the rule that REST bodies go by.
pub(super) fn lifetime(text: &str) -> Result<Iso8601Duration, String> {
    document::lifetime(&Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_goes_through_the_fields_unchanged() {
        for text in ["PT24H", "P7D", "P2W", "PT30M", "P18M", "P1Y", "P1Y2M", "P1DT12H"] {
            let mut fields = LifetimeFields::holding(&text.parse().unwrap());
            assert_eq!(fields.read().unwrap().as_str(), text);
            assert_eq!(
                fields.iso.is_empty(),
                !matches!(text, "P1Y2M" | "P1DT12H"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept() {
        let mut fields = LifetimeFields::of(&Parameters::parse("amount=-3&unit=days"));
        assert!(fields.read().is_none());
        assert_eq!(
            (fields.amount.value.as_str(), fields.amount.error.is_some()),
            ("-3", true)
        );
        let mut fields = LifetimeFields::of(&Parameters::parse("amount=0&unit=days"));
        assert!(fields.read().is_none() && fields.amount.error.is_some());
        let mut fields = LifetimeFields::of(&Parameters::parse("amount=3&unit=days&iso=7d"));
        assert!(fields.read().is_none() && fields.iso.error.is_some() && fields.amount.error.is_none());
        let mut fields = LifetimeFields::of(&Parameters::parse("amount=3&unit=moons"));
        assert!(fields.read().is_none() && fields.unit.error.is_some());
    }
}
