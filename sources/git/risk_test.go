package git

import "testing"

func TestRiskGoesByNames(t *testing.T) {
	for want, paths := range map[risk][]string{
		riskKept: {".env", "prod.env", "a/.env.local", "keys/id_rsa", "server.PEM", "my-secrets.yml", "vendor/x/private.key",
			"infra/prod.tfvars", ".npmrc", "app/credentials.json"},
		riskSetting: {"app.yml", "Dockerfile", "docker-compose.override", ".travis", "conf/app.properties", "src/settings.py", "run.sh"},
		riskText:    {"main.go", "README", "id_rsa.pub", "a/b/c.py", "noending", ""},
		riskMade:    {"go.sum", "yarn.lock", "package-lock.json", "web/node_modules/a/index.js", "vendor/x/y.go", "dist/app.js", "a.min.js"},
		riskBinary:  {"logo.PNG", "a.tar.gz", "lib.jar", "vendor/x.zip"},
	} {
		for _, path := range paths {
			if got := riskOf(path); got != want {
				t.Errorf("%q: %d, want %d", path, got, want)
			}
		}
	}
}
