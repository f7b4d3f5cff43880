// Template validation costs 2 s and 300 MB a process; CI runs one synth with it on.
process.env.CDK_VALIDATION = 'false';
