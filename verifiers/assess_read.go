package verifiers

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/checksum"
	"github.com/mudlark-scan/mudlark/rules"
)

// read reads what stands in the credentials of some rules: whose they are, since
// when, until when.
func (s *said) read(r *rules.Rule, f *mudlark.Finding) {
	secret := f.Secret.Reveal()
	switch r.ID {
	case "aws-access-key-id":
		s.awsKeyID(secret)
	case "aws-key-pair", "aws-secret-access-key":
		s.awsKeyID(f.Parts["aws-access-key-id"].Reveal())
	case "aws-bedrock-api-key":
		s.bedrock(secret)
	case "aws-presigned-url":
		s.signedQuery(secret)
	case "azure-storage-sas":
		s.signedQuery(f.Match.Reveal())
	case "azure-apim-git-password":
		if parts := strings.SplitN(secret, "&", 3); len(parts) == 3 {
			if t, err := time.Parse("200601021504", parts[1]); err == nil {
				s.until(t)
			}
		}
	case "artifactory-api-key", "artifactory-reference-token":
		s.jfrog(secret)
	case "gitlab-pat-routable":
		s.gitlab(secret)
	case "google-service-account-key":
		s.serviceAccount(f.Parts["google-service-account-email"].Reveal())
	default:
		s.readPiece(r.ID, secret)
	}
}

// readPiece reads credentials that are cut into pieces, of which one tells.
func (s *said) readPiece(rule, secret string) {
	piece := func(separator string, i int) string {
		if list := strings.SplitN(secret, separator, 8); i < len(list) {
			return list[i]
		}
		return ""
	}
	switch rule {
	case "discord-bot-token":
		if raw, ok := fromBase64(piece(".", 0)); ok {
			s.number("Discord bot", string(raw))
		}
	case "discord-webhook-url":
		_, rest, _ := strings.Cut(secret, "/webhooks/")
		id, _, _ := strings.Cut(rest, "/")
		s.number("Discord webhook", id)
	case "telegram-bot-token":
		s.number("Telegram bot", piece(":", 0))
	case "slack-bot-token", "slack-user-token", "slack-client-session-token":
		s.number("Slack workspace", piece("-", 1))
		s.number("Slack user", piece("-", 2))
	case "slack-app-token":
		s.fact("Slack app", piece("-", 2))
	case "slack-webhook-url", "slack-workflow-webhook-url":
		s.fact("Slack workspace", piece("/", 4))
	case "matrix-synapse-access-token", "matrix-synapse-refresh-token":
		if raw, ok := fromBase64(piece("_", 1)); ok {
			s.fact("Matrix user", string(raw))
		}
	case "jetbrains-permanent-token":
		login, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(secret, "perm:"), "perm-"), ".")
		if raw, ok := fromBase64(login); ok {
			s.fact("JetBrains user", string(raw))
		}
	default:
		s.readObject(rule, secret)
	}
}

// objects lists what is told of the objects that some credentials hold, each of
// which ends before one of some characters.
var objects = []struct{ rule, end, field, name string }{
	{"grafana-cloud-token", ".", "o", "Grafana Cloud organisation"},
	{"grafana-cloud-token", ".", "n", "name"},
	{"grafana-api-key-legacy", ".", "id", "Grafana organisation"},
	{"grafana-api-key-legacy", ".", "n", "name"},
	{"mapbox-secret-token", ".", "u", "Mapbox user"},
	{"sentry-org-auth-token", "_", "org", "Sentry organisation"},
	{"1password-service-account-token", ".", "signInAddress", "1Password account"},
	{"upstash-qstash-token", ".", "UserID", "Upstash user"},
}

// readObject reads credentials that hold a JSON object in base64.
func (s *said) readObject(rule, secret string) {
	for _, known := range objects {
		if known.rule != rule {
			continue
		}
		encoded := secret[max(0, strings.Index(secret, "eyJ")):]
		if end := strings.IndexAny(encoded, known.end); end >= 0 {
			encoded = encoded[:end]
		}
		if o, ok := jsonObject(encoded); ok {
			s.fact(known.name, plainText(o.Get(known.field)))
		}
	}
}

// number tells a fact that consists of digits.
func (s *said) number(name, value string) {
	if value != "" && strings.Trim(value, "0123456789") == "" {
		s.fact(name, value)
	}
}

// awsKeyID tells the account of an access key.
func (s *said) awsKeyID(id string) {
	if account, ok := awsAccount(id); ok {
		s.fact("AWS account", account)
	}
}

// bedrock reads a key of Amazon Bedrock: a long one names its account, a short
// one is a signed URL.
func (s *said) bedrock(secret string) {
	const long, short = "ABSK", "bedrock-api-key-"
	if rest, ok := strings.CutPrefix(secret, short); ok {
		if raw, ok := fromBase64(rest); ok {
			s.signedQuery(string(raw))
		}
		return
	}
	raw, _ := fromBase64(strings.TrimPrefix(secret, long))
	name, _, _ := strings.Cut(string(raw), ":")
	const digits = 12
	if i := strings.LastIndex(name, "-at-"); i >= 0 && len(name) == i+len("-at-")+digits {
		s.number("AWS account", name[i+len("-at-"):])
	}
}

// jfrog reads when a key was made, or when a token expires: the texts are
// "MILLISECONDS:UUID" in base58, and "reftkn:01:SECONDS:RANDOM" in base64.
func (s *said) jfrog(secret string) {
	if raw, ok := fromBase64(secret); ok && strings.HasPrefix(string(raw), "reftkn:") {
		if parts := strings.SplitN(string(raw), ":", 4); len(parts) == 4 {
			if n, err := strconv.ParseInt(parts[2], 10, 64); err == nil && n > 0 {
				s.until(timeOf(float64(n)))
			}
		}
		return
	}
	raw, ok := checksum.Base58([]byte(strings.TrimPrefix(secret, "AK")))
	made, _, found := strings.Cut(string(raw), ":")
	if n, err := strconv.ParseInt(made, 10, 64); ok && found && err == nil {
		if t := timeOf(float64(n)); !t.IsZero() {
			s.fact("made on", t.UTC().Format(time.DateOnly))
		}
	}
}

// gitlab reads the lines "o:ORGANISATION", "u:USER" and so on, numbers to the
// base of 36, that the payload of a routable token begins with.
func (s *said) gitlab(secret string) {
	payload, _, _ := strings.Cut(strings.TrimPrefix(secret, "glpat-"), ".")
	raw, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return
	}
	for line := range strings.SplitSeq(string(raw), "\n") {
		key, value, found := strings.Cut(line, ":")
		n, err := strconv.ParseUint(value, 36, 63)
		if !found || len(key) != 1 || err != nil {
			return // the random part
		}
		for _, known := range [...]struct{ key, name string }{
			{"o", "GitLab organisation"}, {"u", "GitLab user"}, {"g", "GitLab group"}, {"p", "GitLab project"},
		} {
			if known.key == key {
				s.fact(known.name, strconv.FormatUint(n, 10))
			}
		}
	}
}

// serviceAccount tells whose an address such as
// "deploy@acme-prod.iam.gserviceaccount.com" is, in its parts: the whole of it
// was found beside the secret, and is hidden with it.
func (s *said) serviceAccount(address string) {
	name, host, _ := strings.Cut(address, "@")
	project, ok := strings.CutSuffix(host, ".iam.gserviceaccount.com")
	if ok {
		s.fact("Google Cloud project", project)
		s.fact("service account", name)
	}
}
