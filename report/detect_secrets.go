package report

import (
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// errNoHash says why a baseline of detect-secrets cannot be made of a recording.
var errNoHash = errors.New("the recording hides the secrets, of which a baseline of detect-secrets holds hashes: scan again, or record with --redact=0")

// detectSecretsVersion is that of detect-secrets whose form is written.
const detectSecretsVersion = "1.5.0"

// A detectSecretsFile is .secrets.baseline.
type detectSecretsFile struct {
	Version     string                         `json:"version"`
	Plugins     []detectSecretsPlugin          `json:"plugins_used"`
	Filters     []detectSecretsFilter          `json:"filters_used"`
	Results     map[string][]detectSecretsItem `json:"results"`
	GeneratedAt string                         `json:"generated_at,omitempty"`
}

type detectSecretsPlugin struct {
	Name           string  `json:"name"`
	Limit          float64 `json:"limit,omitzero"`
	KeywordExclude *string `json:"keyword_exclude,omitempty"`
}

type detectSecretsFilter struct {
	Path     string `json:"path"`
	MinLevel int    `json:"min_level,omitzero"`
}

type detectSecretsItem struct {
	Type       string `json:"type"`
	Filename   string `json:"filename"`
	Hash       string `json:"hashed_secret"`
	IsVerified bool   `json:"is_verified"`
	Line       int    `json:"line_number"`
}

// writeDetectSecrets writes a baseline of detect-secrets, for whoever leaves. What
// lies in no file is not in it, as detect-secrets reads nothing else. The hashes
// have no salt: whoever has the file can try what a short secret may be.
func writeDetectSecrets(w io.Writer, s *scan) error {
	out := detectSecretsFile{
		Version: detectSecretsVersion, Plugins: detectSecretsPlugins(), Filters: detectSecretsFilters(), Results: map[string][]detectSecretsItem{},
	}
	if !s.opts.Now.IsZero() {
		out.GeneratedAt = s.opts.Now.UTC().Format(time.RFC3339)
	}
	for _, f := range s.counting() {
		file, _, ok := s.repositoryFile(f)
		if !ok || ofPath(f) {
			continue
		}
		item, ok := s.hashed[f]
		if !ok {
			return errNoHash
		}
		item.Filename = file
		item.IsVerified = f.Verification.Status == mudlark.Active
		item.Line = max(f.Position.StartLine, 1)
		out.Results[file] = append(out.Results[file], item)
	}
	for file, items := range out.Results {
		out.Results[file] = distinctItems(items)
	}
	e := newEncoder(w, "  ")
	e.value(out)
	return e.err
}

// distinctItems sorts items as detect-secrets does, and leaves of those with one
// type and hash the first: lines are no part of what an entry is.
func distinctItems(items []detectSecretsItem) []detectSecretsItem {
	slices.SortFunc(items, func(a, b detectSecretsItem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Hash, b.Hash), cmp.Compare(a.Type, b.Type))
	})
	seen := map[[2]string]bool{}
	return slices.DeleteFunc(items, func(i detectSecretsItem) bool {
		key := [2]string{i.Hash, i.Type}
		was := seen[key]
		seen[key] = true
		return was
	})
}

// hashSecrets keeps what a baseline of detect-secrets says of the secrets, before
// they are hidden. Those of a recording that hides them are lost.
func (s *scan) hashSecrets() {
	if s.run.Masked {
		return
	}
	s.hashed = map[*mudlark.Finding]detectSecretsItem{}
	for _, f := range s.found {
		if !f.Counts() {
			continue
		}
		secret := reveal(f.Secret)
		kind := detectSecretsType(f, secret)
		if kind == privateKeyType {
			secret = keyLabel(secret)
		}
		sum := sha1.Sum([]byte(secret))
		s.hashed[f] = detectSecretsItem{Type: kind, Hash: hex.EncodeToString(sum[:])}
	}
}

const privateKeyType = "Private Key"

// keyLabel is what detect-secrets takes for a private key: BEGIN and what begins.
func keyLabel(secret string) string {
	begin := strings.Index(secret, "BEGIN ")
	if begin < 0 {
		return secret
	}
	label, _, _ := strings.Cut(secret[begin:], "-----")
	return label
}

// detectSecretsType is what detect-secrets calls a secret: what its rule is about,
// or else what it looks like. Its types are coarse.
func detectSecretsType(f *mudlark.Finding, secret string) string {
	if strings.HasPrefix(secret, "-----BEGIN ") && strings.Contains(keyLabel(secret), "PRIVATE KEY") {
		return privateKeyType
	}
	for _, t := range detectSecretsTypes() {
		if slices.ContainsFunc(t.rules, func(rule string) bool {
			family, ok := strings.CutSuffix(rule, "*")
			return f.RuleID == rule || ok && strings.HasPrefix(f.RuleID, family)
		}) {
			return t.name
		}
	}
	switch {
	case strings.HasPrefix(secret, "eyJ") && strings.Count(secret, ".") == 2:
		return "JSON Web Token"
	case f.Key != "":
		return "Secret Keyword"
	case strings.Trim(secret, "0123456789abcdefABCDEF") == "":
		return "Hex High Entropy String"
	}
	return "Base64 High Entropy String"
}

// detectSecretsTypes says which rules are about what detect-secrets has a type for;
// a star ends a family of rules.
func detectSecretsTypes() []struct {
	name  string
	rules []string
} {
	return []struct {
		name  string
		rules []string
	}{
		{"AWS Access Key", []string{"aws-access-key-id", "aws-secret-access-key", "aws-key-pair"}},
		{"Artifactory Credentials", []string{"artifactory-*", "jfrog-*"}},
		{"Azure Storage Account access key", []string{"azure-storage-*"}},
		{"Basic Auth Credentials", []string{"basic-auth-url", "service-url-password", "postgres-url", "mysql-url", "mongodb-url", "redis-url", "amqp-url", "mssql-url"}},
		{"Cloudant Credentials", []string{"ibm-cloudant-*"}},
		{"Discord Bot Token", []string{"discord-bot-token"}},
		{"GitHub Token", []string{"github-*"}},
		{"GitLab Token", []string{"gitlab-*"}},
		{"IBM COS HMAC Credentials", []string{"ibm-cos-hmac-*"}},
		{"IBM Cloud IAM Key", []string{"ibm-cloud-api-key"}},
		{"JSON Web Token", []string{"jwt"}},
		{"Mailchimp Access Key", []string{"mailchimp-*"}},
		{"NPM tokens", []string{"npm-access-token*", "npmrc-*"}},
		{"OpenAI Token", []string{"openai-*"}},
		{"PyPI Token", []string{"pypi-api-token", "testpypi-api-token"}},
		{"SendGrid API Key", []string{"sendgrid-*"}},
		{"Slack Token", []string{"slack-*"}},
		{"SoftLayer Credentials", []string{"softlayer-*"}},
		{"Square OAuth Secret", []string{"square-*"}},
		{"Stripe Access Key", []string{"stripe-*"}},
		{"Telegram Bot Token", []string{"telegram-bot-token"}},
		{"Twilio API Key", []string{"twilio-*"}},
	}
}

// detectSecretsPlugins are those that detect-secrets has, as it would have run.
func detectSecretsPlugins() []detectSecretsPlugin {
	var out []detectSecretsPlugin
	for _, name := range strings.Fields("ArtifactoryDetector AWSKeyDetector AzureStorageKeyDetector Base64HighEntropyString BasicAuthDetector " +
		"CloudantDetector DiscordBotTokenDetector GitHubTokenDetector GitLabTokenDetector HexHighEntropyString IbmCloudIamDetector IbmCosHmacDetector " +
		"IPPublicDetector JwtTokenDetector KeywordDetector MailchimpDetector NpmDetector OpenAIDetector PrivateKeyDetector PypiTokenDetector " +
		"SendGridDetector SlackDetector SoftlayerDetector SquareOAuthDetector StripeDetector TelegramBotTokenDetector TwilioKeyDetector") {
		p := detectSecretsPlugin{Name: name}
		switch name {
		case "Base64HighEntropyString":
			p.Limit = 4.5
		case "HexHighEntropyString":
			p.Limit = 3
		case "KeywordDetector":
			p.KeywordExclude = new(string)
		}
		out = append(out, p)
	}
	return out
}

// detectSecretsFilters are those that detect-secrets has without being told.
func detectSecretsFilters() []detectSecretsFilter {
	var out []detectSecretsFilter
	for _, name := range strings.Fields("allowlist.is_line_allowlisted common.is_ignored_due_to_verification_policies heuristic.is_indirect_reference " +
		"heuristic.is_likely_id_string heuristic.is_lock_file heuristic.is_not_alphanumeric_string heuristic.is_potential_uuid " +
		"heuristic.is_prefixed_with_dollar_sign heuristic.is_sequential_string heuristic.is_swagger_file heuristic.is_templated_secret") {
		f := detectSecretsFilter{Path: "detect_secrets.filters." + name}
		if strings.HasPrefix(name, "common.") {
			f.MinLevel = 2
		}
		out = append(out, f)
	}
	return out
}
