package report

import (
	"slices"
	"strconv"
	"strings"
)

// A HogDetector is what trufflehog calls a kind of secret: a name, and the number
// of that name.
type HogDetector struct {
	Name   string
	Number int
}

// customNumber is trufflehog's number for what none of its own detectors is for.
const customNumber = 904

// HogDetectorOf returns trufflehog's detector for a rule. Rules that it has no
// detector for, or one whose number is not known here, keep their ID and have the
// number of a custom detector.
func HogDetectorOf(ruleID string) HogDetector {
	best := HogDetector{ruleID, customNumber}
	longest := 0
	for _, d := range hogDetectors {
		for _, prefix := range d.rules {
			whole := strings.TrimSuffix(prefix, "*")
			if (ruleID == prefix || whole != prefix && strings.HasPrefix(ruleID, whole)) && len(prefix) > longest {
				best, longest = d.HogDetector, len(prefix)
			}
		}
	}
	return best
}

// HogRules returns those of the rules whose detector has a name, in whatever case,
// or a number, as --include-detectors takes them: "aws", "github.v2", "17".
func HogRules(name string, ids []string) []string {
	name, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(name)), ".v")
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		d := HogDetectorOf(id)
		return strings.ToLower(d.Name) != name && (d.Number == customNumber || strconv.Itoa(d.Number) != name)
	})
}

// hogDetectors are trufflehog's detectors by its list of them, as far as a rule is
// for the same and the number is certain. "*" stands for any end of a rule's ID.
var hogDetectors = []struct {
	HogDetector
	rules []string
}{
	{HogDetector{"AWS", 2}, []string{"aws-key-pair", "aws-secret-access-key"}},
	{HogDetector{"GCP", 6}, []string{"google-service-account-key"}},
	{HogDetector{"Github", 8}, []string{"github-pat", "github-fine-grained-pat", "github-oauth-token", "github-legacy-token", "github-app-user-token", "github-app-installation-token", "github-app-refresh-token"}},
	{HogDetector{"Gitlab", 9}, []string{"gitlab-pat*"}},
	{HogDetector{"JDBC", 10}, []string{"jdbc-url"}},
	{HogDetector{"SendGrid", 12}, []string{"sendgrid-*"}},
	{HogDetector{"Slack", 13}, []string{"slack-*"}},
	{HogDetector{"Square", 14}, []string{"square-*"}},
	{HogDetector{"PrivateKey", 15}, []string{"private-key", "openssh-private-key", "encrypted-private-key", "pgp-private-key"}},
	{HogDetector{"Stripe", 16}, []string{"stripe-*"}},
	{HogDetector{"URI", 17}, []string{"basic-auth-url"}},
	{HogDetector{"Dropbox", 18}, []string{"dropbox-*"}},
	{HogDetector{"Heroku", 19}, []string{"heroku-*"}},
	{HogDetector{"Mailchimp", 20}, []string{"mailchimp-*"}},
	{HogDetector{"Okta", 21}, []string{"okta-*"}},
	{HogDetector{"Twilio", 26}, []string{"twilio-*"}},
	{HogDetector{"SlackWebhook", 30}, []string{"slack-webhook*"}},
	{HogDetector{"Mailgun", 34}, []string{"mailgun-*"}},
	{HogDetector{"NpmToken", 49}, []string{"npm-access-token*", "npmrc-auth-token"}},
	{HogDetector{"DatabricksToken", 62}, []string{"databricks-pat"}},
	{HogDetector{"DigitalOceanToken", 64}, []string{"digitalocean-pat"}},
	{HogDetector{"DiscordBotToken", 65}, []string{"discord-bot-token"}},
	{HogDetector{"DiscordWebhook", 66}, []string{"discord-webhook-url"}},
	{HogDetector{"GoogleApiKey", 71}, []string{"google-api-key"}},
	{HogDetector{"TelegramBotToken", 91}, []string{"telegram-bot-token*"}},
	{HogDetector{"MongoDB", 895}, []string{"mongodb-url"}},
}
