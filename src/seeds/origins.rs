//! Which file a part of a seed is from.

use std::collections::BTreeMap;

use super::error::{Place, SeedFault};
use crate::domain::error::{Fault, Location};

/// Where each part of a document was written.
pub(super) struct Origins {
    /// What the document is called as a whole.
    whole: String,
    /// By the pointer in the document. What is not here is where the value around it is.
    parts: BTreeMap<String, Origin>,
}

/// A place in a file.
#[derive(Clone)]
pub(super) struct Origin {
    /// The file.
    pub(super) file: String,
    /// The pointer in it.
    pub(super) pointer: String,
}

impl Origin {
    /// The place of a member or an element.
    pub(super) fn below(&self, step: &str) -> Self {
        Self {
            file: self.file.clone(),
            pointer: below(&self.pointer, step),
        }
    }

    /// A fault at this place.
    pub(super) fn fault(&self, sentence: String) -> SeedFault {
        SeedFault {
            file: self.file.clone(),
            place: Place::Pointer(self.pointer.clone()),
            sentence,
        }
    }
}

/// The pointer of a member or an element, escaped as RFC 6901 wants it.
pub(super) fn below(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
}

impl Origins {
    /// The origins of a document that is from one place.
    pub(super) fn of(whole: String) -> Self {
        Self {
            whole,
            parts: BTreeMap::new(),
        }
    }

    /// Notes that what is at `pointer`, with all that is in it, is from `origin`.
    pub(super) fn note(&mut self, pointer: String, origin: Origin) {
        self.parts.insert(pointer, origin);
    }

    /// Forgets what is known about the inside of a value that another takes the place of.
    pub(super) fn forget_inside(&mut self, pointer: &str) {
        let inside = format!("{pointer}/");
        self.parts.retain(|known, _| !known.starts_with(&inside));
    }

    /// A fault of the document as one of the file that it is from.
    pub(super) fn trace(&self, fault: Fault) -> SeedFault {
        match fault.location {
            Location::Pointer(pointer) => self.origin(&pointer).fault(fault.sentence),
            Location::Parameter(_) | Location::Whole => SeedFault::of_file(&self.whole, fault.sentence),
        }
    }

    fn origin(&self, pointer: &str) -> Origin {
        let mut known = pointer;
        loop {
            if let Some(Origin { file, pointer: place }) = self.parts.get(known) {
                return Origin {
                    file: file.clone(),
                    pointer: format!("{place}{}", &pointer[known.len()..]),
                };
            }
            match known.rsplit_once('/') {
                Some((around, _)) => known = around,
                None => {
                    return Origin {
                        file: self.whole.clone(),
                        pointer: pointer.to_owned(),
                    };
                }
            }
        }
    }
}
