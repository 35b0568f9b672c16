//! What is sent as the parameter, header or document that `properties/patch.rs` is about.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mock_qlik_cloud_fuzz::patch::holds(input));
