//! The one source of chance of a tenant: from the operating system, or from a seed so that a run repeats.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::clock::Timestamp;

/// A generator that is fit for secrets (ChaCha20).
pub struct Entropy {
    generator: Mutex<ChaCha20Rng>,
    /// What a generator that repeats was seeded with.
    seed: Option<u64>,
}

impl Entropy {
    /// A generator seeded by the operating system.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's randomness"
    )]
    pub fn system() -> Result<Self, getrandom::Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Self {
            generator: Mutex::new(ChaCha20Rng::from_seed(seed)),
            seed: None,
        })
    }

    /// A generator that repeats: the same `seed` gives the same ids and tokens in the same order.
    pub fn seeded(seed: u64) -> Self {
        Self {
            generator: Mutex::new(ChaCha20Rng::seed_from_u64(seed)),
            seed: Some(seed),
        }
    }

    /// Another generator, for whatever is called `name`. That of a generator that repeats repeats as well, and takes
    /// nothing from it.
    #[must_use]
    pub fn derived(&self, name: &str) -> Self {
        let Some(seed) = self.seed else {
            return Self {
                generator: Mutex::new(ChaCha20Rng::from_seed(self.bytes())),
                seed: None,
            };
        };
        let digest: [u8; 32] = Sha256::new_with_prefix(seed.to_be_bytes())
            .chain_update(name)
            .finalize()
            .into();
        let seed = digest
            .iter()
            .take(8)
            .fold(0, |seed, byte| (seed << 8) | u64::from(*byte));
        Self::seeded(seed)
    }

    /// Lets a generator that repeats begin anew. One of the operating system goes on.
    pub fn reset(&self) {
        if let Some(seed) = self.seed {
            *self.generator.lock().unwrap_or_else(PoisonError::into_inner) = ChaCha20Rng::seed_from_u64(seed);
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.generator
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(&mut bytes);
        bytes
    }

    /// A random UUID (version 4), the shape of an API key's id.
    pub fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// 24 hexadecimal digits as Mongo's ObjectId has them, seconds first: the shape of user and role ids.
    pub fn object_id(&self, now: Timestamp) -> String {
        let seconds = u32::try_from(now.timestamp()).unwrap_or_default();
        let random = u64::from_be_bytes(self.bytes());
        format!("{seconds:08x}{random:016x}")
    }

    /// 32 hexadecimal digits, the shape of a trace id.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.bytes()))
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Entropy(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_repeats_and_another_does_not() {
        assert_eq!(Entropy::seeded(7).uuid(), Entropy::seeded(7).uuid());
        assert_ne!(Entropy::seeded(7).uuid(), Entropy::seeded(8).uuid());
    }

    #[test]
    fn object_ids_sort_by_the_second_they_were_drawn_in() {
        let entropy = Entropy::seeded(1);
        let early = entropy.object_id(Timestamp::UNIX_EPOCH + chrono::TimeDelta::days(1));
        let late = entropy.object_id(Timestamp::UNIX_EPOCH + chrono::TimeDelta::days(2));
        assert!(early < late);
        assert_eq!(early.len(), 24);
    }
}
