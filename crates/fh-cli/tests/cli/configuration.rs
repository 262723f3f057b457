//! Who is speaking: profiles, environment, and what is wrong with them.

use std::{fs, path::Path, process::Command};

use crate::harness::{Ran, World, invoice};

const SECRETLESS: &str = "[till]\napi_key = \"0123456789ABCDEF0123456789ABCDEF\"\n";

impl World {
    /// A profile file as the simulator wants it, with `change` at the end of the section.
    pub(crate) fn profile(&self, name: &str, change: &str) -> String {
        let value = |variable: &str| self.variable(variable);
        format!(
            "[{name}]\napi_key = \"{}\"\napi_secret = \"{}\"\napplication = \"test\"\nstation = \"till 3\"\nbase_url = \"{}\"\n{change}\n",
            value("FH_API_KEY"),
            value("FH_API_SECRET"),
            value("FH_BASE_URL")
        )
    }

    pub(crate) fn write_profiles(&self, text: &str, mode: u32) {
        let path = self.write("profiles.toml", text);
        set_mode(&path, mode);
    }

    /// Runs `fh` with the profile file and nothing in the environment but `variables`.
    fn with_profiles(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        self.run(self.command_with_profiles(arguments).envs(variables.iter().copied()))
    }

    /// `fh` with the profile file and nothing in the environment.
    pub(crate) fn command_with_profiles(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        for (name, _) in self.variables() {
            command.env_remove(name);
        }
        command.env("FH_PROFILES", self.path("profiles.toml"));
        command
    }

    /// Runs `fh` with one variable changed.
    fn with_variable(&self, name: &str, value: &str) -> Ran {
        self.run(self.command(["account", "profile"]).env(name, value))
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

#[test]
fn a_profile_allows_fields() {
    let world = World::new();
    let allow = |fields: &str| {
        world.write_profiles(&world.profile("shop", &format!("allow_fields = {fields}")), 0o600);
    };
    let mut document = invoice("INV-1");
    document["DueDate"] = "2026-12-24".into();
    world.write("a.json", document.to_string());
    allow("['DueDate']");
    for command in [
        &["check", "a.json"][..],
        &["queue", "add", "a.json"],
        &["submit", "a.json"],
    ] {
        let ran = world.with_profiles(&[&["--profile", "shop"], command].concat(), &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        // What is in the outbox already is not warned of again.
        let warned = format!("{}{}", ran.stdout, ran.stderr).contains("PF40");
        assert_eq!(warned, command[0] != "submit", "{ran:?}");
        let without = world.fh(command);
        assert_eq!(without.code, 3, "nobody speaks for another: {without:?}");
        assert!(
            format!("{}{}", without.stdout, without.stderr).contains("`DueDate`"),
            "{without:?}"
        );
    }
    assert_eq!(world.ledger().of("INV-1").fiscalised, 1);

    allow("['Shop']");
    let both = ["--profile", "shop", "check", "--allow-field", "DueDate", "a.json"];
    assert_eq!(world.with_profiles(&both, &[]).code, 0, "the two are added up");
    assert_eq!(
        world.with_profiles(&["--profile", "shop", "check", "a.json"], &[]).code,
        3
    );

    allow("['isretry']");
    let ran = world.with_profiles(&["--profile", "shop", "submit", "a.json"], &[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("profiles.toml:7:17") && ran.stderr.contains("IsRetry is known"),
        "{ran:?}"
    );
    let ran = world.with_profiles(&["--profile", "shop", "check", "a.json"], &[]);
    assert_eq!(ran.code, 3, "nothing is allowed, and what is wrong is said: {ran:?}");
    assert!(ran.stderr.contains("IsRetry is known"), "{ran:?}");
}

#[test]
fn a_profile_is_enough() {
    let world = World::new();
    world.write_profiles(&format!("{SECRETLESS}{}", world.profile("shop", "")), 0o600);
    world.write("a.json", invoice("INV-1").to_string());
    let ran = world.with_profiles(&["--profile", "shop", "submit", "--direct", "a.json"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(world.ledger().of("INV-1").fiscalised, 1);
}

#[test]
fn a_chosen_profile_wins_over_the_environment_and_says_so() {
    let world = World::new();
    world.write_profiles(&world.profile("shop", ""), 0o600);
    let ran = world.with_profiles(
        &["--profile", "shop", "account", "test"],
        &[("FH_API_KEY", "nonsense"), ("FH_BASE_URL", "https://api.example.test")],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr
            .contains("profile \"shop\" is used; not looked at: FH_API_KEY, FH_BASE_URL"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("till 3"), "{ran:?}");
}

#[test]
fn the_environment_wins_over_the_default_profile() {
    let world = World::new();
    world.write_profiles(&world.profile("default", ""), 0o600);
    let ran = world.with_profiles(&["account", "test"], &[]);
    assert!(ran.code == 0 && ran.stdout.contains("till 3"), "{ran:?}");
    let ran = world.run(
        world
            .command(["account", "test"])
            .env("FH_PROFILES", world.path("profiles.toml"))
            .env("FH_STATION", "till 9"),
    );
    assert!(ran.code == 0 && ran.stdout.contains("till 9"), "{ran:?}");
}

#[test]
fn the_profile_file_is_found_where_settings_live() {
    let world = World::new();
    fs::create_dir_all(world.path("config/fiscal-harmony")).unwrap();
    let path = world.write("config/fiscal-harmony/profiles.toml", world.profile("default", ""));
    set_mode(&path, 0o600);
    let mut command = world.command(["account", "test"]);
    for (name, _) in world.variables() {
        command.env_remove(name);
    }
    let ran = world.run(
        command
            .env("XDG_CONFIG_HOME", world.path("config"))
            .env("APPDATA", world.path("config")),
    );
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[cfg(unix)]
#[test]
fn a_profile_that_others_can_read_is_refused() {
    let world = World::new();
    for mode in [0o644, 0o640, 0o606, 0o660] {
        world.write_profiles(&world.profile("shop", ""), mode);
        let ran = world.with_profiles(&["--profile", "shop", "account", "profile"], &[]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains("chmod 600"), "{ran:?}");
    }
    assert!(world.sim().requests().values().all(|count| *count == 0));
}

#[test]
fn what_is_wrong_with_a_profile_is_named() {
    let world = World::new();
    let good = world.profile("shop", "");
    let cases = [
        (
            good.replace("[shop]", "[store]"),
            "there is no profile \"shop\"; the file has store",
        ),
        (world.profile("shop", "statoin = 'x'"), "\"statoin\""),
        (
            good.replace("station = \"till 3\"", "station = \"\""),
            "the station is empty",
        ),
        (good.replace("station = \"till 3\"\n", ""), "station is missing"),
        (good.replace("station = \"till 3\"", "station = 3"), "station is text"),
        (good.replace("http://127.0.0.1", "http://till.example"), "use https"),
        (
            good.replace("api_key = \"", "api_key = \"x"),
            "the API key has 33 characters",
        ),
        (good.replace("==\"", "\""), "the API secret has 86 characters"),
        (good.replace("==\"", ""), "this is not TOML"),
    ];
    for (text, expected) in cases {
        world.write_profiles(&text, 0o600);
        let ran = world.with_profiles(&["--profile", "shop", "account", "profile"], &[]);
        assert_eq!(ran.code, 2, "{expected}: {ran:?}");
        assert!(
            ran.stderr.contains(expected) && ran.stderr.contains("profiles.toml"),
            "{expected}: {ran:?}"
        );
        let secret = world.variable("FH_API_SECRET");
        assert!(!ran.stderr.contains(&secret[..20]), "{ran:?}");
    }
    fs::remove_file(world.path("profiles.toml")).unwrap();
    let ran = world.with_profiles(&["--profile", "shop", "account", "profile"], &[]);
    assert!(ran.code == 2 && ran.stderr.contains("profiles.toml"), "{ran:?}");
}

#[test]
fn credentials_of_another_form_need_a_word() {
    let world = World::new();
    let key = world.variable("FH_API_KEY");
    let odd = world
        .profile("shop", "unchecked_format = true")
        .replace(&key, "another-form");
    world.write_profiles(&odd, 0o600);
    let ran = world.with_profiles(&["--profile", "shop", "account", "profile"], &[]);
    assert_eq!(ran.code, 6, "it is the service that refuses it: {ran:?}");
}

#[test]
fn what_is_wrong_with_the_environment_is_named() {
    let world = World::new();
    for (name, value, expected) in [
        ("FH_STATION", "", "the station is empty"),
        ("FH_API_KEY", "short", "the API key has 5 characters"),
        ("FH_API_SECRET", "short", "the API secret has 5 characters"),
        ("FH_APPLICATION", "caf\u{e9}", "cannot be sent in a header"),
        ("FH_BASE_URL", "http://api.fiscalharmony.co.zw/api", "use https"),
        ("FH_BASE_URL", "api.fiscalharmony.co.zw", "is not a base URL"),
    ] {
        let ran = world.with_variable(name, value);
        assert_eq!(ran.code, 2, "{name}: {ran:?}");
        assert!(
            ran.stderr.contains(expected) && ran.stderr.contains("the environment"),
            "{name}: {ran:?}"
        );
    }
    let mut command = world.command(["account", "profile"]);
    let ran = world.run(command.env_remove("FH_STATION"));
    assert!(ran.code == 2 && ran.stderr.contains("FH_STATION is missing"), "{ran:?}");
    assert!(
        world.sim().requests().values().all(|count| *count == 0),
        "nothing was sent"
    );
}

#[test]
fn without_any_credentials_the_ways_are_told() {
    let world = World::alone();
    world.write("a.json", invoice("INV-1").to_string());
    let ran = world.fh(&["submit", "--direct", "a.json"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    for way in ["FH_API_KEY", "[default]", "profiles.toml", "--sandbox"] {
        assert!(ran.stderr.contains(way), "{way}: {ran:?}");
    }
}
