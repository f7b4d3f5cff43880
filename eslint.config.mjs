import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'cdk.out*/**',
      'node_modules/**',
      'constructs/kubernetes/handler-bundle/**',
      '**/*.d.ts',
      'constructs/**/*.js',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      eqeqeq: 'error',
      'no-console': ['error'],
    },
  },
  // What the handler prints goes to its log group.
  {
    files: ['bench/**/*.ts', 'bin/**/*.ts', 'handler/**/*.ts', 'lib/**/*.ts', 'rehearsal/**/*.ts', 'scripts/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  // Who may import whom is in .dependency-cruiser.cjs. What a chart loads is held there too; it takes no types of aws-cdk-lib either.
  {
    files: ['constructs/**/*-chart.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['aws-cdk-lib', 'aws-cdk-lib/**'],
              message: 'a chart is cloud-neutral: it may not import aws-cdk-lib',
            },
          ],
        },
      ],
    },
  },
  { files: ['**/*.{js,mjs,cjs}'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.{js,cjs}'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  { files: ['**/*.{js,mjs,cjs}'], rules: { 'no-console': 'off' } },
);
