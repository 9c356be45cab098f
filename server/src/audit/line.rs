//! One line of an export: a fact as it is stored, and what the tree is with it.

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chrono::DateTime;
use eventlog::{Fact, Position, Revision};
use projections::merkle::{Growing, Hash, leaf_of};
use serde_json::{Value, json};

/// The number in the cursor of a line.
pub(super) fn position(line: &Value) -> Option<u64> {
    line["cursor"].as_str()?.rsplit_once('-')?.1.parse().ok()
}

/// The fact that stands in a line.
fn fact(line: &Value) -> Option<Fact> {
    let text = |name: &str| line[name].as_str();
    let bytes = |name: &str| BASE64.decode(text(name)?).ok();
    Some(Fact {
        stream: text("subject")?.to_owned(),
        revision: Revision(line["revision"].as_u64()?),
        position: Position(position(line)?),
        id: text("id")?.parse().ok()?,
        kind: text("type")?.to_owned(),
        data: bytes("data_base64")?.into(),
        metadata: bytes("metadatabase64")?.into(),
        json: true,
        created: DateTime::UNIX_EPOCH,
    })
}

/// The hash of the leaf of the fact in a line.
fn leaf(line: &Value) -> Option<Hash> {
    leaf_of(&fact(line)?)
}

/// Adds the fact of `line` to `tree`, and to the line where it stands and what the tree is with it.
pub(super) fn seal(line: &mut Value, tree: &mut Growing) -> Result<()> {
    let leaf = leaf(line).context("the service tells of a fact that is not sealed")?;
    line["leaf"] = json!(tree.size());
    tree.push(leaf, |_, _| {});
    line["leafhash"] = json!(BASE64.encode(leaf));
    line["treeroot"] = json!(BASE64.encode(tree.root()));
    Ok(())
}

/// Adds the fact of `line` to `tree`; `Err` says in what it is not what was sealed.
pub(super) fn check(line: &Value, tree: &mut Growing) -> Result<(), String> {
    let leaf = leaf(line).ok_or("it is no sealed fact")?;
    let hash =
        |name: &str| -> Option<Hash> { BASE64.decode(line[name].as_str()?).ok()?.try_into().ok() };
    if line["leaf"].as_u64() != Some(tree.size()) {
        return Err(format!(
            "leaf {} stands where leaf {} belongs: facts are missing, or in another order",
            line["leaf"],
            tree.size()
        ));
    }
    if hash("leafhash") != Some(leaf) {
        return Err("the fact was changed after it had been sealed".to_owned());
    }
    tree.push(leaf, |_, _| {});
    if hash("treeroot") != Some(tree.root()) {
        return Err(
            "the tree is another one from here on: the fact was forged, or put here".to_owned()
        );
    }
    Ok(())
}
