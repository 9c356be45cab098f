//! The tree in Postgres.

use std::collections::HashMap;

use schema::LogId;
use tokio::time::timeout;
use tokio_postgres::Client;
use uuid::Uuid;

use super::{
    Hash,
    tiles::{Edge, Tile, TileId},
};
use crate::{DatabaseError, Pool, database::rows};
use schema::caps::QUERY_WAIT;

/// Where the tree stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) size: u64,
    /// The log has been read up to here; 0 before the first fact.
    pub(super) position: u64,
}

/// The facts behind one tile of leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Behind {
    pub(super) positions: Vec<i64>,
    pub(super) correlations: Vec<Uuid>,
}

/// What a page of the log adds to the tree.
#[derive(Debug, Default)]
pub(super) struct Growth {
    pub(super) tiles: Vec<(TileId, Tile)>,
    pub(super) facts: Vec<(u64, Behind)>,
}

/// Where the tree over `log` stands. A tree over another log is given up.
pub(super) async fn standing(pool: &Pool, log: LogId) -> Result<Standing, DatabaseError> {
    let sql = "WITH foreign_tree AS (DELETE FROM merkle WHERE log <> $1 RETURNING 1),
                    tiles AS (DELETE FROM merkle_tiles WHERE EXISTS (TABLE foreign_tree)),
                    facts AS (DELETE FROM merkle_facts WHERE EXISTS (TABLE foreign_tree)),
                    signed AS (DELETE FROM merkle_checkpoints WHERE EXISTS (TABLE foreign_tree))
               SELECT size, position FROM merkle WHERE log = $1";
    let found = rows(pool, sql, &[&log.0]).await?;
    Ok(found.first().map_or(Standing { size: 0, position: 0 }, |row| Standing {
        size: row.get::<_, i64>(0).cast_unsigned(),
        position: row.get::<_, i64>(1).cast_unsigned(),
    }))
}

/// The right edge of the tree, and the facts behind its open tile of leaves.
pub(super) async fn edge(pool: &Pool, size: u64) -> Result<Option<(Edge, Behind)>, DatabaseError> {
    let mut open = Vec::new();
    for (id, nodes) in Edge::open_in(size) {
        let mut tile = if nodes == 0 { Tile::new() } else { tile(pool, id).await? };
        let nodes = usize::try_from(nodes).unwrap_or(usize::MAX);
        if tile.len() < nodes {
            return Ok(None);
        }
        tile.truncate(nodes);
        open.push(tile);
    }
    let leaves = open.first().map_or(0, Vec::len);
    let sql = "SELECT positions, correlations FROM merkle_facts WHERE number = $1";
    let number = (size >> super::tiles::TILE_LEVELS).cast_signed();
    let found = rows(pool, sql, &[&number]).await?;
    let mut behind = found.first().filter(|_| leaves > 0).map_or_else(Behind::default, |row| {
        Behind { positions: row.get(0), correlations: row.get(1) }
    });
    if behind.positions.len() < leaves {
        return Ok(None);
    }
    behind.positions.truncate(leaves);
    behind.correlations.truncate(leaves);
    Ok(Some((Edge::of(size, open), behind)))
}

/// One tile, as far as it is kept.
async fn tile(pool: &Pool, id: TileId) -> Result<Tile, DatabaseError> {
    Ok(tiles(pool, &[id]).await?.remove(&id).unwrap_or_default())
}

/// Those of `ids` that are kept.
pub(super) async fn tiles(
    pool: &Pool,
    ids: &[TileId],
) -> Result<HashMap<TileId, Tile>, DatabaseError> {
    let sql = "SELECT height, number, nodes FROM merkle_tiles
               JOIN unnest($1::integer[], $2::bigint[]) AS wanted (height, number)
               USING (height, number)";
    let heights: Vec<i32> = ids.iter().map(|id| id.height.cast_signed()).collect();
    let numbers: Vec<i64> = ids.iter().map(|id| id.number.cast_signed()).collect();
    let found = rows(pool, sql, &[&heights, &numbers]).await?;
    let tile = |row: &tokio_postgres::Row| {
        let height = row.get::<_, i32>(0).cast_unsigned();
        let number = row.get::<_, i64>(1).cast_unsigned();
        let nodes: &[u8] = row.get(2);
        let (nodes, _) = nodes.as_chunks::<{ size_of::<Hash>() }>();
        (TileId { height, number }, nodes.to_vec())
    };
    Ok(found.iter().map(tile).collect())
}

/// Adds `growth` to the tree that stands at `from`. `false` when it does not stand there: somebody
/// else has gone on meanwhile.
pub(super) async fn grow(
    pool: &Pool,
    log: LogId,
    (from, to): (Standing, Standing),
    growth: &Growth,
) -> Result<bool, DatabaseError> {
    let grown = async {
        let mut client = pool.get().await?;
        let tx = client.transaction().await?;
        let moved = moved(tx.client(), log, (from, to)).await?;
        if !moved {
            return Ok(false);
        }
        let heights: Vec<i32> =
            growth.tiles.iter().map(|(id, _)| id.height.cast_signed()).collect();
        let numbers: Vec<i64> =
            growth.tiles.iter().map(|(id, _)| id.number.cast_signed()).collect();
        let nodes: Vec<&[u8]> = growth.tiles.iter().map(|(_, tile)| tile.as_flattened()).collect();
        let sql = "INSERT INTO merkle_tiles (height, number, nodes)
                   SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bytea[])
                   ON CONFLICT (height, number) DO UPDATE SET nodes = EXCLUDED.nodes";
        tx.execute(sql, &[&heights, &numbers, &nodes]).await?;
        let sql = "INSERT INTO merkle_facts (number, first, positions, correlations)
                   VALUES ($1, $2, $3, $4)
                   ON CONFLICT (number) DO UPDATE
                   SET positions = EXCLUDED.positions, correlations = EXCLUDED.correlations";
        for (number, Behind { positions, correlations }) in &growth.facts {
            let first = positions.first().copied().unwrap_or_default();
            tx.execute(sql, &[&number.cast_signed(), &first, positions, correlations]).await?;
        }
        tx.commit().await?;
        Ok(true)
    };
    timeout(QUERY_WAIT, grown).await.map_err(|_| DatabaseError::Late)?
}

/// Moves the tree's place. Of two that add to one tree, one finds it elsewhere.
async fn moved(
    tx: &Client,
    log: LogId,
    (from, to): (Standing, Standing),
) -> Result<bool, tokio_postgres::Error> {
    let (size, position) = (to.size.cast_signed(), to.position.cast_signed());
    if from.position == 0 {
        let sql = "INSERT INTO merkle (log, size, position) VALUES ($1, $2, $3)
                   ON CONFLICT DO NOTHING";
        return Ok(tx.execute(sql, &[&log.0, &size, &position]).await? == 1);
    }
    let sql = "UPDATE merkle SET size = $2, position = $3 WHERE log = $1 AND position = $4";
    let from = from.position.cast_signed();
    Ok(tx.execute(sql, &[&log.0, &size, &position, &from]).await? == 1)
}

/// Keeps what was signed of the tree with `size` leaves.
pub(super) async fn keep(pool: &Pool, size: u64, note: &str) -> Result<(), DatabaseError> {
    let sql = "INSERT INTO merkle_checkpoints (size, note) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    rows(pool, sql, &[&size.cast_signed(), &note]).await.map(|_| ())
}
