package git

import (
	"path"
	"strings"
)

// A risk says how likely a file is to hold a secret, by its name alone. It
// decides what is read first if there is no time for all, and nothing else.
type risk uint8

// From the first to the last.
const (
	riskKept    risk = iota // where secrets are kept by custom
	riskSetting             // what configures or deploys a program
	riskText                // source text, and whatever else there is
	riskMade                // written by programs: lock files, bundles, other people's code
	riskBinary              // pictures and the like, archives
)

// riskOf returns the risk of a path.
func riskOf(name string) risk {
	dir, base := path.Split(strings.ToLower(name))
	ext := path.Ext(base)
	switch {
	case kept(base, ext):
		return riskKept
	case isOne(ext, ".png .jpg .jpeg .gif .ico .webp .bmp .tiff .svg .woff .woff2 .ttf .eot .otf .mp3 .mp4 .mov .webm .avi .wav .pdf "+
		".zip .gz .tgz .bz2 .xz .zst .7z .rar .tar .jar .war .whl .so .dll .exe .o .a .class .wasm .bin .dat .onnx .parquet"):
		return riskBinary
	case made(dir, base):
		return riskMade
	case isOne(ext, ".yml .yaml .json .toml .ini .cfg .conf .config .properties .xml .tf .hcl .sh .bash .zsh .ps1 .bat .cmd .ipynb "+
		".sql .http .rest .plist .gradle .csproj .service .cnf .rc .env"),
		strings.HasPrefix(base, "."), strings.HasPrefix(base, "dockerfile"), strings.HasPrefix(base, "docker-compose"),
		isOne(base, "makefile jenkinsfile vagrantfile procfile"), strings.Contains(base, "setting"), strings.Contains(base, "config"):
		return riskSetting
	}
	return riskText
}

func kept(base, ext string) bool {
	if strings.HasPrefix(base, ".env") || strings.HasSuffix(base, ".env") || strings.HasPrefix(base, "id_") && ext != ".pub" {
		return true
	}
	if isOne(ext, ".pem .key .p12 .pfx .p8 .jks .keystore .ppk .kdbx .ovpn .tfvars .tfstate .asc .gpg .pgpass .secret .secrets .credentials") {
		return true
	}
	if isOne(base, ".npmrc .netrc _netrc .pypirc .htpasswd .pgpass .my.cnf .git-credentials .dockercfg .dockerconfigjson .s3cfg .boto "+
		"kubeconfig wp-config.php web.config auth.json nuget.config settings.xml gradle.properties terraform.tfstate") {
		return true
	}
	for _, word := range []string{"secret", "credential", "password", "passwd", "token", "apikey", "api_key", "private"} {
		if strings.Contains(base, word) {
			return true
		}
	}
	return false
}

func made(dir, base string) bool {
	for _, folder := range []string{"node_modules/", "vendor/", "third_party/", "dist/", "testdata/", "locale/", "locales/"} {
		if strings.HasPrefix(dir, folder) || strings.Contains(dir, "/"+folder) {
			return true
		}
	}
	return isOne(path.Ext(base), ".lock .sum .map .snap .po .csv .tsv") || strings.Contains(base, ".min.") ||
		strings.HasSuffix(base, "-lock.json") || isOne(base, "pnpm-lock.yaml npm-shrinkwrap.json")
}

// isOne reports whether a word is one of those in a list.
func isOne(word, list string) bool {
	for list != "" {
		var first string
		if first, list, _ = strings.Cut(list, " "); first == word && word != "" {
			return true
		}
	}
	return false
}
