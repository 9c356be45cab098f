//! What can be asked of the tree.

use std::future::Future;

use schema::LogId;
use uuid::Uuid;

use super::{
    Hash, Range, consistency, inclusion, node_hash, root, store,
    tiles::{TILE_LEVELS, TileId, parts},
};
use crate::{DatabaseError, Pool, database::rows};

/// What can be asked of the tree over the facts of a log.
pub trait TreeQuery {
    /// How many leaves it has.
    fn leaves(&self, log: LogId) -> impl Future<Output = Result<u64, DatabaseError>> + Send;

    /// Up to where the log has been read for it.
    fn tree_read_up_to(
        &self,
        log: LogId,
    ) -> impl Future<Output = Result<Option<u64>, DatabaseError>> + Send;

    /// What was signed of it: last, or when it had `size` leaves.
    fn checkpoint(
        &self,
        size: Option<u64>,
    ) -> impl Future<Output = Result<Option<String>, DatabaseError>> + Send;

    /// Which leaf stands for the fact at `position`; none for a fact that has none, or none yet.
    fn leaf_at(
        &self,
        position: u64,
    ) -> impl Future<Output = Result<Option<u64>, DatabaseError>> + Send;

    /// What proves that leaf `index` stands in the tree of `size` leaves; none where the tree has not
    /// so many.
    fn prove_inclusion(
        &self,
        index: u64,
        size: u64,
    ) -> impl Future<Output = Result<Option<Vec<Hash>>, DatabaseError>> + Send;

    /// What proves that the tree of `new` leaves begins with that of `old` leaves.
    fn prove_consistency(
        &self,
        old: u64,
        new: u64,
    ) -> impl Future<Output = Result<Option<Vec<Hash>>, DatabaseError>> + Send;

    /// Where the facts stand that follow from the request `correlation`, in log order.
    fn following_from(
        &self,
        correlation: Uuid,
    ) -> impl Future<Output = Result<Vec<u64>, DatabaseError>> + Send;
}

impl TreeQuery for Pool {
    async fn leaves(&self, log: LogId) -> Result<u64, DatabaseError> {
        let found = rows(self, "SELECT size FROM merkle WHERE log = $1", &[&log.0]).await?;
        Ok(found.first().map_or(0, |row| row.get::<_, i64>(0).cast_unsigned()))
    }

    async fn tree_read_up_to(&self, log: LogId) -> Result<Option<u64>, DatabaseError> {
        let found = rows(self, "SELECT position FROM merkle WHERE log = $1", &[&log.0]).await?;
        Ok(found.first().map(|row| row.get::<_, i64>(0).cast_unsigned()))
    }

    async fn checkpoint(&self, size: Option<u64>) -> Result<Option<String>, DatabaseError> {
        let sql = "SELECT note FROM merkle_checkpoints WHERE $1::bigint IS NULL OR size = $1
                   ORDER BY size DESC LIMIT 1";
        let found = rows(self, sql, &[&size.map(u64::cast_signed)]).await?;
        Ok(found.first().map(|row| row.get(0)))
    }

    async fn leaf_at(&self, position: u64) -> Result<Option<u64>, DatabaseError> {
        let sql = "SELECT number, positions FROM merkle_facts WHERE first <= $1
                   ORDER BY first DESC LIMIT 1";
        let position = position.cast_signed();
        let found = rows(self, sql, &[&position]).await?;
        Ok(found.first().and_then(|row| {
            let positions: Vec<i64> = row.get(1);
            let at = positions.binary_search(&position).ok()?;
            Some((row.get::<_, i64>(0).cast_unsigned() << TILE_LEVELS) + at as u64)
        }))
    }

    async fn prove_inclusion(
        &self,
        index: u64,
        size: u64,
    ) -> Result<Option<Vec<Hash>>, DatabaseError> {
        hashes(self, &inclusion(index, size)).await
    }

    async fn prove_consistency(
        &self,
        old: u64,
        new: u64,
    ) -> Result<Option<Vec<Hash>>, DatabaseError> {
        hashes(self, &consistency(old, new)).await
    }

    async fn following_from(&self, correlation: Uuid) -> Result<Vec<u64>, DatabaseError> {
        let sql = "SELECT position FROM merkle_facts,
                       unnest(positions, correlations) AS fact (position, correlation)
                   WHERE correlations @> ARRAY[$1::uuid] AND correlation = $1 ORDER BY position";
        let found = rows(self, sql, &[&correlation]).await?;
        Ok(found.iter().map(|row| row.get::<_, i64>(0).cast_unsigned()).collect())
    }
}

/// The nodes that stand for `ranges`.
async fn hashes(pool: &Pool, ranges: &[Range]) -> Result<Option<Vec<Hash>>, DatabaseError> {
    let mut wanted: Vec<TileId> = ranges.iter().flat_map(parts).map(|(tile, _)| tile).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let tiles = store::tiles(pool, &wanted).await?;
    let hash = |range: &Range| {
        let part = |(id, nodes)| tiles.get(&id)?.get::<std::ops::Range<usize>>(nodes).map(root);
        let parts: Option<Vec<Hash>> = parts(range).into_iter().map(part).collect();
        let parts = parts?;
        let (last, rest) = parts.split_last()?;
        Some(rest.iter().rev().fold(*last, |right, left| node_hash(left, &right)))
    };
    Ok(ranges.iter().map(hash).collect())
}
