//! Generates the client from the specification that lies beside this file.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=openapi.json");
    println!("cargo::rerun-if-changed=build.rs");
    if let Err(problem) = generate() {
        println!("cargo::error=openapi.json: {problem}");
    }
}

fn generate() -> Result<(), Box<dyn std::error::Error>> {
    let document = serde_json::from_str(&fs::read_to_string("openapi.json")?)?;
    let source = fh_codegen::generate(&document)?;
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run this through cargo")?;
    fs::write(PathBuf::from(out).join("client.rs"), source)?;
    Ok(())
}
