//! The tree of RFC 6962, section 2.1: its hashes and its proofs. Pure.

use sha2::{Digest, Sha256};

/// A hash of the tree.
pub type Hash = [u8; 32];

/// Leaves from the first to before the last, as one node stands for them.
pub type Range = std::ops::Range<u64>;

/// The hash of a leaf.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

/// The hash of a node over two others.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree over `leaves`, which are hashes of leaves or of subtrees of one size.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) =
                leaves.split_at(usize::try_from(split(leaves.len() as u64)).unwrap_or(1));
            node_hash(&root(left), &root(right))
        }
    }
}

/// The largest power of two below `size`, which is two at least.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The parts of `range` that are whole subtrees, the left one first; a whole subtree is its own only
/// part.
fn halves(range: &Range) -> Option<(Range, Range)> {
    let size = range.end - range.start;
    (size > 1).then(|| {
        let middle = range.start + split(size);
        (range.start..middle, middle..range.end)
    })
}

/// A tree that grows, by the roots of its whole subtrees, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Growing {
    size: u64,
    whole: Vec<Hash>,
}

impl Growing {
    /// A tree of `size` leaves with these whole subtrees.
    #[must_use]
    pub fn of(size: u64, whole: Vec<Hash>) -> Self {
        Self { size, whole }
    }

    /// Adds a leaf. `tell` hears of each node that becomes whole: its level above the leaves and its
    /// hash.
    pub fn push(&mut self, leaf: Hash, mut tell: impl FnMut(u32, Hash)) {
        let mut hash = leaf;
        tell(0, hash);
        for level in 0..self.size.trailing_ones() {
            // There are as many whole subtrees as there are ones in the size.
            let Some(left) = self.whole.pop() else { break };
            hash = node_hash(&left, &hash);
            tell(level + 1, hash);
        }
        self.whole.push(hash);
        self.size += 1;
    }

    /// How many leaves it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its root.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut whole = self.whole.iter().rev();
        let Some(last) = whole.next() else { return root(&[]) };
        whole.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// What proves that leaf `index` stands in the tree of `size` leaves: the nodes beside its way up,
/// the lowest first. Of a leaf that does not stand there, nothing does.
pub(crate) fn inclusion(index: u64, size: u64) -> Vec<Range> {
    let mut beside = Vec::new();
    let mut here = 0..size;
    while let Some((left, right)) = halves(&here) {
        if index < left.end {
            beside.push(right);
            here = left;
        } else {
            beside.push(left);
            here = right;
        }
    }
    beside.reverse();
    beside
}

/// What proves that the tree of `new` leaves begins with that of `old` leaves.
pub(crate) fn consistency(old: u64, new: u64) -> Vec<Range> {
    if old == 0 {
        return Vec::new();
    }
    let mut beside = Vec::new();
    let mut here = 0..new;
    let mut is_old = true;
    while here.end > old {
        let Some((left, right)) = halves(&here) else { break };
        if old <= left.end {
            beside.push(right);
            here = left;
        } else {
            beside.push(left);
            here = right;
            is_old = false;
        }
    }
    if !is_old {
        beside.push(here);
    }
    beside.reverse();
    beside
}

/// Whether `proof` shows that `leaf` stands at `index` of the tree of `size` leaves with `root`
/// (RFC 9162, section 2.1.3.2).
#[must_use]
pub fn includes(index: u64, size: u64, leaf: &Hash, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut index, mut last, mut hash) = (index, size - 1, *leaf);
    for beside in proof {
        if last == 0 {
            return false;
        }
        if index & 1 == 1 || index == last {
            hash = node_hash(beside, &hash);
            while index & 1 == 0 && index != 0 {
                index >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, beside);
        }
        index >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `new` leaves with `new_root` begins with that of `old`
/// leaves with `old_root` (RFC 9162, section 2.1.4.2).
#[must_use]
pub fn extends(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old == 0 || old == new {
        return proof.is_empty() && (old == 0 || old_root == new_root);
    }
    if old > new {
        return false;
    }
    // A whole subtree proves itself.
    let mut proof = proof.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { proof.next() };
    let Some(first) = first else { return false };
    let (mut index, mut last) = (old - 1, new - 1);
    while index & 1 == 1 {
        index >>= 1;
        last >>= 1;
    }
    let (mut left, mut right) = (*first, *first);
    for beside in proof {
        if last == 0 {
            return false;
        }
        if index & 1 == 1 || index == last {
            left = node_hash(beside, &left);
            right = node_hash(beside, &right);
            while index & 1 == 0 && index != 0 {
                index >>= 1;
                last >>= 1;
            }
        } else {
            right = node_hash(&right, beside);
        }
        index >>= 1;
        last >>= 1;
    }
    last == 0 && left == *old_root && right == *new_root
}

#[cfg(test)]
mod tests {
    use super::{Growing, Hash, Range, consistency, extends, includes, inclusion, leaf_hash, root};

    const SIZE: u64 = 70;

    fn leaves() -> Vec<Hash> {
        (0..SIZE).map(|leaf| leaf_hash(&leaf.to_be_bytes())).collect()
    }

    fn proof(leaves: &[Hash], ranges: Vec<Range>) -> Vec<Hash> {
        let hash = |range: Range| {
            let (start, end) = (usize::try_from(range.start), usize::try_from(range.end));
            root(&leaves[start.unwrap()..end.unwrap()])
        };
        ranges.into_iter().map(hash).collect()
    }

    fn sizes() -> impl Iterator<Item = (u64, usize)> {
        (1..=SIZE).map(|size| (size, usize::try_from(size).unwrap()))
    }

    /// The roots of the trees over these leaves, one leaf after another, as an implementation of our
    /// own in another language gives them.
    #[test]
    fn roots_are_those_of_the_standard() {
        let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        ];
        let mut growing = Growing::default();
        for (size, expected) in roots.into_iter().enumerate() {
            let digits = |at| u8::from_str_radix(&expected[at..at + 2], 16).unwrap();
            let expected: Vec<u8> = (0..64).step_by(2).map(digits).collect();
            assert_eq!(growing.root().as_slice(), expected, "{size} leaves");
            let Some(leaf) = leaves.get(size) else { break };
            let digits = |at| u8::from_str_radix(&leaf[at..at + 2], 16).unwrap();
            let leaf: Vec<u8> = (0..leaf.len()).step_by(2).map(digits).collect();
            growing.push(leaf_hash(&leaf), |_, _| {});
        }
    }

    #[test]
    fn a_tree_that_grows_has_the_root_of_one_that_is_built_at_once() {
        let leaves = leaves();
        let mut growing = Growing::default();
        let mut whole = Vec::new();
        for (size, count) in sizes() {
            growing.push(leaves[count - 1], |level, hash| whole.push((level, hash)));
            assert_eq!((growing.size(), growing.root()), (size, root(&leaves[..count])));
        }
        // Each node that became whole, once.
        let nodes = |level: u32| SIZE >> level;
        assert_eq!(whole.len() as u64, (0..7).map(nodes).sum::<u64>());
    }

    #[test]
    fn each_leaf_is_proven_and_no_other_in_its_place() {
        let leaves = leaves();
        for (size, count) in sizes() {
            let root = root(&leaves[..count]);
            for index in 0..size {
                let leaf = &leaves[usize::try_from(index).unwrap()];
                let mut proof = proof(&leaves, inclusion(index, size));
                assert!(includes(index, size, leaf, &proof, &root), "{index} of {size}");
                assert!(!includes(index + 1, size, leaf, &proof, &root));
                assert!(!includes(index, size, &leaf_hash(b"forged"), &proof, &root));
                proof.push(*leaf);
                assert!(!includes(index, size, leaf, &proof, &root));
            }
        }
    }

    #[test]
    fn each_tree_is_proven_to_go_on_from_each_before_it_and_from_no_other() {
        let leaves = leaves();
        for (new, new_count) in sizes() {
            let new_root = root(&leaves[..new_count]);
            for (old, old_count) in sizes().take(new_count) {
                let old_root = root(&leaves[..old_count]);
                let proof = proof(&leaves, consistency(old, new));
                assert!(extends(old, &old_root, new, &new_root, &proof), "{old} to {new}");
                let forged = leaf_hash(b"forged");
                assert!(!extends(old, &forged, new, &new_root, &proof), "{old} to {new}");
                assert!(!extends(old, &old_root, new, &forged, &proof), "{old} to {new}");
            }
        }
    }
}
