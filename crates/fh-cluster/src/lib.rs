//! A PostgreSQL cluster for the tests, from the distribution's own packages: made for one run, thrown away after it.
//!
//! Not published: `cargo xtask test` starts one for the whole run and gives its address to the tests.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// Why there is no cluster, in words for whoever runs the tests.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failed(String);

impl Failed {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// How many connections at once: 8 workers with 5 each, and whatever else runs beside them.
const CONNECTIONS: u32 = 300;

/// A running cluster. Dropping it stops it and deletes its files.
#[derive(Debug)]
pub struct Cluster {
    /// Holds the data and the socket.
    folder: tempfile::TempDir,
    owner: Owner,
    server: Child,
}

/// Where a program of the server is: Debian keeps them out of the path, one folder for each version.
#[must_use]
pub fn find(program: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.max_by_key(|version| version.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
    let debian = newest.map(|version| version.path().join("bin").join(program));
    debian.filter(|path| path.exists()).or_else(|| {
        let paths = std::env::var_os("PATH")?;
        let mut places = std::env::split_paths(&paths).map(|folder| folder.join(program));
        places.find(|path| path.exists())
    })
}

impl Cluster {
    /// Makes a cluster and starts it on a socket in a temporary folder. Its commits go to the disk, since tests kill what uses it.
    ///
    /// # Errors
    ///
    /// When the programs are missing, or the server does not start; with what it said.
    pub fn start() -> Result<Self, Failed> {
        let folder = tempfile::tempdir().map_err(|error| Failed::new(format!("no temporary folder: {error}")))?;
        let owner = Owner::of_servers(folder.path())?;
        let data = folder.path().join("data");
        let initdb = owner
            .command("initdb")?
            .arg("--pgdata")
            .arg(&data)
            .args(INITDB)
            .output();
        let initdb = initdb.map_err(|error| Failed::new(format!("initdb: {error}")))?;
        if !initdb.status.success() {
            let said = String::from_utf8_lossy(&initdb.stderr).into_owned();
            return Err(Failed::new(format!("initdb: {}: {said}", initdb.status)));
        }
        let log_path = folder.path().join("log");
        let log = fs::File::create(&log_path).map_err(|error| Failed::new(format!("the server's log: {error}")))?;
        let server = owner
            .command("postgres")?
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=on"])
            .args(["-c", &format!("max_connections={CONNECTIONS}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| Failed::new(format!("postgres: {error}")))?;
        let mut cluster = Self { folder, owner, server };
        cluster.await_ready().map_err(|why| {
            let log = fs::read_to_string(&log_path).unwrap_or_default();
            Failed::new(format!("the PostgreSQL server does not answer: {why}\n{log}"))
        })?;
        Ok(cluster)
    }

    fn await_ready(&mut self) -> Result<(), Failed> {
        for _ in 0..600 {
            if let Ok(Some(status)) = self.server.try_wait() {
                return Err(Failed::new(format!("it ended: {status}")));
            }
            let mut ready = self.owner.command("pg_isready")?;
            ready.arg("--quiet").arg("--host").arg(self.folder.path());
            if ready.status().is_ok_and(|status| status.success()) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(Failed::new("not within a minute"))
    }

    /// Its URL, for `FH_TEST_POSTGRES`.
    #[must_use]
    pub fn address(&self) -> String {
        let folder = self
            .folder
            .path()
            .to_string_lossy()
            .replace('%', "%25")
            .replace('/', "%2F");
        format!("postgres://postgres@{folder}/postgres")
    }
}

/// For tests on this machine only: the socket's folder keeps everyone else out.
const INITDB: [&str; 4] = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"];

impl Drop for Cluster {
    fn drop(&mut self) {
        // All of its processes have to be gone before the folder can be deleted; nothing in it is worth more than that.
        let data = self.folder.path().join("data");
        let stopped = self.owner.command("pg_ctl").map(|mut stop| {
            stop.args(["stop", "--silent", "--wait", "--mode=immediate", "--pgdata"])
                .arg(data)
                .status()
        });
        if !matches!(stopped, Ok(Ok(status)) if status.success()) {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }
}

/// Who owns the cluster: whoever runs this; and in place of root, for whom the server refuses to work, an unprivileged user.
#[derive(Debug)]
struct Owner(Option<(u32, u32)>);

impl Owner {
    #[cfg(unix)]
    fn of_servers(folder: &Path) -> Result<Self, Failed> {
        use std::os::unix::fs::{MetadataExt, chown};
        let failed = |error: std::io::Error| Failed::new(format!("{}: {error}", folder.display()));
        // The folder was just made, so its owner is who we are.
        if fs::metadata(folder).map_err(failed)?.uid() != 0 {
            return Ok(Self(None));
        }
        let users = fs::read_to_string("/etc/passwd").map_err(failed)?;
        let ids = |wanted: &str| {
            let line = users.lines().find(|line| line.split(':').next() == Some(wanted))?;
            let mut fields = line.split(':').skip(2);
            Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
        };
        let (user, group) = ids("postgres")
            .or_else(|| ids("nobody"))
            .ok_or_else(|| Failed::new("root may not run PostgreSQL, and there is no user `postgres` or `nobody`"))?;
        chown(folder, Some(user), Some(group)).map_err(failed)?;
        Ok(Self(Some((user, group))))
    }

    #[cfg(not(unix))]
    fn of_servers(_: &Path) -> Result<Self, Failed> {
        Err(Failed::new(
            "the throw-away cluster needs Unix sockets; set FH_TEST_POSTGRES to the URL of one",
        ))
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Result<Command, Failed> {
        let name = program.as_ref().to_string_lossy().into_owned();
        let path = find(&name).ok_or_else(|| Failed::new(format!("{name} is not on this machine")))?;
        let mut command = Command::new(path);
        // Root's own folder is closed to everyone else.
        command.current_dir("/");
        #[cfg(unix)]
        if let Some((user, group)) = self.0 {
            use std::os::unix::process::CommandExt;
            command.uid(user).gid(group);
        }
        Ok(command)
    }
}
