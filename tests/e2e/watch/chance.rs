//! Numbers that look random and that a seed decides.

/// A linear congruence with Knuth's constants.
pub(crate) struct Chance(u64);

impl Chance {
    /// The numbers that follow from `seed`.
    pub(crate) fn of(seed: u64) -> Self {
        let mut chance = Self(seed);
        // The first ones of neighbours are alike.
        chance.below(1);
        chance
    }

    /// The next one, below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let Self(state) = self;
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % end
    }
}
