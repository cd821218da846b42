//! Counting distinct values exactly up to a bound, and by estimate beyond it, in bounded memory.

/// A set of 64-bit fingerprints that keeps the smallest `limit` of them.
///
/// Below the limit the count is exact. Above it the k-th smallest of uniformly distributed hashes tells how many
/// there are (Bar-Yossef et al. 2002, "k minimum values"), with a relative error of about 1/√limit. The same set of
/// values gives the same set of hashes in any order, so merging is associative and commutative.
#[derive(Debug, Clone)]
pub struct Distinct {
    hashes: Vec<u64>,
    sorted: usize,
    limit: usize,
}

impl Default for Distinct {
    fn default() -> Self {
        Self::with_limit(1 << 17)
    }
}

impl Distinct {
    /// A set that is exact up to `limit` values; it takes at most 16 bytes for each.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            hashes: Vec::new(),
            sorted: 0,
            limit: limit.max(16),
        }
    }

    /// Adds a fingerprint.
    pub fn insert(&mut self, hash: u64) {
        if self.sorted == self.limit
            && self.hashes[..self.sorted]
                .last()
                .is_some_and(|&largest| hash >= largest)
        {
            return;
        }
        // A column that repeats one value is common; it need not grow the buffer.
        if self.hashes.last() == Some(&hash) {
            return;
        }
        self.hashes.push(hash);
        if self.hashes.len() >= (self.sorted + 64).max(self.sorted * 2).min(self.limit * 2) {
            self.settle();
        }
    }

    /// Adds all of another set.
    pub fn merge(&mut self, other: &Self) {
        for &hash in &other.hashes {
            self.insert(hash);
        }
    }

    fn settle(&mut self) {
        self.hashes.sort_unstable();
        self.hashes.dedup();
        self.hashes.truncate(self.limit);
        self.sorted = self.hashes.len();
    }

    /// How many distinct values there are, and whether that is an estimate.
    pub fn count(&mut self) -> (u64, bool) {
        self.settle();
        if self.hashes.len() < self.limit {
            return (self.hashes.len() as u64, false);
        }
        let largest = self.hashes.last().copied().unwrap_or(1).max(1);
        let estimate = (self.limit as f64 - 1.0) * (u64::MAX as f64 / largest as f64);
        #[allow(clippy::cast_sign_loss, reason = "a product of positive numbers")]
        (estimate.round() as u64, true)
    }

    /// Empties it, keeping its memory.
    pub fn clear(&mut self) {
        self.hashes.clear();
        self.sorted = 0;
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bijection that spreads small numbers over all 64 bits (Steele et al. 2014, SplitMix64).
    fn spread(n: u64) -> u64 {
        let mut z = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    #[test]
    fn exact_below_the_limit_and_close_above_it() {
        let mut set = Distinct::with_limit(4096);
        for n in 0..4000 {
            set.insert(spread(n % 1000));
        }
        assert_eq!(set.count(), (1000, false));
        for n in 0..100_000 {
            set.insert(spread(n));
        }
        let (count, estimated) = set.count();
        assert!(estimated && (95_000..105_000).contains(&count), "{count}");
        assert!(set.hashes.capacity() <= 4096 * 3);
    }

    proptest::proptest! {
        #[test]
        fn order_and_grouping_do_not_matter(values in proptest::collection::vec(0u64..500, 0..300), cut in 0usize..300) {
            let cut = cut.min(values.len());
            let mut whole = Distinct::with_limit(64);
            let (mut left, mut right) = (Distinct::with_limit(64), Distinct::with_limit(64));
            for (at, &v) in values.iter().enumerate() {
                whole.insert(spread(v));
                let part = if at < cut { &mut left } else { &mut right };
                part.insert(spread(v));
            }
            right.merge(&left);
            proptest::prop_assert_eq!(whole.count(), right.count());
        }
    }
}
