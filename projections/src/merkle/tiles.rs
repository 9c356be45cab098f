//! The nodes of a tree in portions: 256 neighbours stand together, and of the levels above the
//! leaves only every eighth is kept; what lies between is hashed anew when it is asked for.

use super::{Growing, Hash, Range, root};

/// Levels that one tile stands for.
pub(super) const TILE_LEVELS: u32 = 8;
/// Nodes in a whole tile.
pub(super) const TILE_WIDTH: u64 = 1 << TILE_LEVELS;

/// Which tile: how high, and the how manieth there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TileId {
    /// Its nodes stand eight times so many levels above the leaves.
    pub(super) height: u32,
    pub(super) number: u64,
}

/// The nodes of one tile, as many as there are yet.
pub(super) type Tile = Vec<Hash>;

/// The tiles at the right edge of a tree, where it grows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Edge {
    tree: Growing,
    /// By height: the tile that is not whole yet.
    open: Vec<Tile>,
}

impl Edge {
    /// The tiles that are open in a tree of `size` leaves: how high, which, and how many nodes.
    pub(super) fn open_in(size: u64) -> Vec<(TileId, u64)> {
        let mut open = Vec::new();
        let mut nodes = size;
        let mut height = 0;
        while nodes > 0 {
            open.push((TileId { height, number: nodes / TILE_WIDTH }, nodes % TILE_WIDTH));
            nodes /= TILE_WIDTH;
            height += 1;
        }
        open
    }

    /// A tree of `size` leaves with these open tiles, the lowest first.
    pub(super) fn of(size: u64, open: Vec<Tile>) -> Self {
        let mut whole = Vec::new();
        for tile in open.iter().rev() {
            let mut rest = tile.as_slice();
            for level in (0..TILE_LEVELS).rev() {
                if tile.len() >> level & 1 == 1 {
                    let (subtree, after) = rest.split_at(1 << level);
                    whole.push(root(subtree));
                    rest = after;
                }
            }
        }
        Self { tree: Growing::of(size, whole), open }
    }

    pub(super) fn tree(&self) -> &Growing {
        &self.tree
    }

    /// Adds a leaf. `tell` hears of each tile that is whole by that.
    pub(super) fn push(&mut self, leaf: Hash, mut tell: impl FnMut(TileId, Tile)) {
        let size = self.tree.size();
        let open = &mut self.open;
        self.tree.push(leaf, |level, hash| {
            if level % TILE_LEVELS != 0 {
                return;
            }
            let height = level / TILE_LEVELS;
            let at = usize::try_from(height).expect("eight levels fit");
            if open.len() <= at {
                open.push(Tile::new());
            }
            open[at].push(hash);
            if open[at].len() as u64 == TILE_WIDTH {
                let number = size >> (TILE_LEVELS * (height + 1));
                tell(TileId { height, number }, std::mem::take(&mut open[at]));
            }
        });
    }

    /// The tiles that are not whole, and not empty.
    pub(super) fn open(&self) -> impl Iterator<Item = (TileId, &Tile)> {
        let ids = Self::open_in(self.tree.size()).into_iter().map(|(id, _)| id);
        ids.zip(&self.open).filter(|(_, tile)| !tile.is_empty())
    }
}

/// The whole subtrees that `range` consists of, each as a part of one tile: where it stands there.
/// `range` is one of a proof's.
pub(super) fn parts(range: &Range) -> Vec<(TileId, std::ops::Range<usize>)> {
    let mut parts = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let fits = (range.end - start).ilog2();
        let level = if start == 0 { fits } else { fits.min(start.trailing_zeros()) };
        let height = level / TILE_LEVELS;
        let first = start >> (TILE_LEVELS * height);
        let at = usize::try_from(first % TILE_WIDTH).expect("a tile is small");
        let nodes = 1 << (level % TILE_LEVELS);
        parts.push((TileId { height, number: first / TILE_WIDTH }, at..at + nodes));
        start += 1 << level;
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Edge, Tile, TileId, parts};
    use crate::merkle::{Hash, Range, consistency, inclusion, leaf_hash, node_hash, root};

    const SIZE: usize = 1_000;

    fn hash_of(tiles: &HashMap<TileId, Tile>, range: &Range) -> Hash {
        let parts = parts(range).into_iter();
        let hashes: Vec<Hash> = parts.map(|(id, nodes)| root(&tiles[&id][nodes])).collect();
        let (last, rest) = hashes.split_last().unwrap();
        rest.iter().rev().fold(*last, |right, left| node_hash(left, &right))
    }

    #[test]
    fn each_node_of_a_proof_is_found_in_the_tiles_and_growing_goes_on_from_them() {
        let leaves: Vec<Hash> =
            (0..SIZE as u64).map(|leaf| leaf_hash(&leaf.to_be_bytes())).collect();
        let mut tiles = HashMap::new();
        let mut edge = Edge::default();
        for leaf in &leaves {
            edge.push(*leaf, |id, tile| {
                tiles.insert(id, tile);
            });
            let size = edge.tree().size();
            let open: Vec<Tile> = edge.open.clone();
            if size.is_multiple_of(37) || size.is_multiple_of(256) {
                assert_eq!(Edge::of(size, open), edge, "{size}");
            }
        }
        tiles.extend(edge.open().map(|(id, tile)| (id, tile.clone())));
        assert_eq!(edge.tree().root(), root(&leaves));
        let size = SIZE as u64;
        let ranges = [0, 1, 255, 256, 511, 767, 999].map(|leaf| inclusion(leaf, size));
        let more = [1, 255, 256, 300, 512, 999].map(|old| consistency(old, size));
        for range in ranges.into_iter().chain(more).flatten() {
            let (start, end) = (usize::try_from(range.start), usize::try_from(range.end));
            let expected = root(&leaves[start.unwrap()..end.unwrap()]);
            assert_eq!(hash_of(&tiles, &range), expected, "{range:?}");
        }
    }
}
