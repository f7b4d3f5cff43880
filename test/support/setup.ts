// Template validation costs 2 s and 300 MB a process; CI runs one synth with it on.
process.env.CDK_VALIDATION = 'false';
// As scripts/start.mjs does.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
