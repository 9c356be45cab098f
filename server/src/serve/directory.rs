//! The keys that open the directory: those of the configuration, or one that was made up.

use std::path::Path;

use anyhow::Result;
use api::Directory;
use vault::Vault;

use super::banner::Banner;
use crate::{
    arguments::{Address, Serve},
    standalone::generate,
};

/// The directory. A key that was made up is said at each start: nothing else names it.
pub(crate) fn open(
    options: &Serve,
    keys: &Path,
    vault: Vault,
    banner: &mut Banner,
) -> Result<Directory> {
    let named = &options.web.directory_keys;
    if named.is_empty() && options.standalone() {
        let key = vault::secret_file(&keys.join("directory.key"), generate)?;
        let key = key.trim();
        banner.say(format!("Directory: x-api-key {key}"));
        return Ok(Directory::new(vault, [key]));
    }
    Ok(Directory::new(vault, named.iter().map(Address::as_str)))
}
