package rules

import (
	"slices"
	"strings"
)

// Alias returns the IDs of our rules that correspond to a rule of gitleaks or
// betterleaks, so that files that name theirs keep their meaning: ignore files,
// targetRules, disabledRules, flags. It is empty for a name without counterpart
// and for one that no tool has. Not every ID returned is one of a given set.
func Alias(id string) []string {
	if a, found := findAlias(id); found {
		return strings.Fields(a.ours)
	}
	return nil
}

// Names returns what other tools call our rule: the names that Alias has it for.
func Names(id string) []string {
	var names []string
	for _, table := range aliasTables() {
		for _, a := range table {
			if a.standsFor(id) {
				names = append(names, a.theirs)
			}
		}
	}
	return names
}

// Foreign returns the name that gitleaks has for our rule, or nothing.
func Foreign(id string) string {
	if a, found := searchAlias(gitleaksAliases[:], id); found && a.standsFor(id) {
		return id
	}
	for _, a := range gitleaksAliases {
		if a.standsFor(id) {
			return a.theirs
		}
	}
	return ""
}

// foreign reports whether another tool has a rule of this name.
func foreign(id string) bool {
	_, found := findAlias(id)
	return found
}

func findAlias(id string) (alias, bool) {
	for _, table := range aliasTables() {
		if a, found := searchAlias(table, id); found {
			return a, true
		}
	}
	return alias{}, false
}

func searchAlias(table []alias, id string) (alias, bool) {
	i, found := slices.BinarySearchFunc(table, id, func(a alias, id string) int { return strings.Compare(a.theirs, id) })
	if !found {
		return alias{}, false
	}
	return table[i], true
}

func aliasTables() [2][]alias {
	return [2][]alias{gitleaksAliases[:], betterleaksAliases[:]}
}

// An alias is a name of another tool and, separated by blanks, ours.
//
// Whoever switches theirs off, or puts a rule of their own in its place, loses
// ours. So ours is of the same provider and kind: a name for the public half of
// a pair (a client id, a publishable key) has none in the rule for the secret
// half, and a name for a narrow case none in a rule for everything.
type alias struct{ theirs, ours string }

func (a alias) standsFor(id string) bool {
	return strings.Contains(a.ours, id) && slices.Contains(strings.Fields(a.ours), id)
}

// gitleaksAliases is sorted by theirs and names all rules of gitleaks 8.30.1.
var gitleaksAliases = [...]alias{
	{"1password-secret-key", "1password-account-secret-key"},
	{"1password-service-account-token", "1password-service-account-token"},
	{"adafruit-api-key", "adafruit-io-key"},
	{"adobe-client-id", ""},
	{"adobe-client-secret", "adobe-client-secret"},
	{"age-secret-key", "age-secret-key"},
	{"airtable-api-key", "airtable-legacy-api-key"},
	{"airtable-personnal-access-token", "airtable-personal-access-token"},
	{"algolia-api-key", "algolia-admin-api-key"},
	{"alibaba-access-key-id", "alibaba-access-key-id"},
	{"alibaba-secret-key", "alibaba-access-key-secret"},
	{"anthropic-admin-api-key", "anthropic-admin-key"},
	{"anthropic-api-key", "anthropic-api-key"},
	{"artifactory-api-key", "artifactory-api-key"},
	{"artifactory-reference-token", "artifactory-reference-token"},
	{"asana-client-id", ""},
	{"asana-client-secret", "asana-client-secret"},
	{"atlassian-api-token", "atlassian-cloud-api-token atlassian-admin-api-key atlassian-legacy-api-token"},
	{"authress-service-client-access-key", "authress-service-client-key"},
	{"aws-access-token", "aws-access-key-id aws-key-pair"},
	{"aws-amazon-bedrock-api-key-long-lived", "aws-bedrock-api-key"},
	{"aws-amazon-bedrock-api-key-short-lived", "aws-bedrock-api-key"},
	{"azure-ad-client-secret", "azure-entra-client-secret azure-entra-client-secret-v1 azure-entra-client-secret-legacy"},
	{"beamer-api-token", "beamer-api-key"},
	{"bitbucket-client-id", ""},
	{"bitbucket-client-secret", "bitbucket-oauth-consumer-secret"},
	{"bittrex-access-key", "bittrex-api-secret"},
	{"bittrex-secret-key", "bittrex-api-secret"},
	{"cisco-meraki-api-key", "cisco-meraki-api-key"},
	{"clickhouse-cloud-api-secret-key", "clickhouse-cloud-secret"},
	{"clojars-api-token", "clojars-deploy-token"},
	{"cloudflare-api-key", "cloudflare-api-token-legacy cloudflare-user-api-token cloudflare-account-api-token"},
	{"cloudflare-global-api-key", "cloudflare-global-api-key-legacy cloudflare-global-api-key-v2"},
	{"cloudflare-origin-ca-key", "cloudflare-origin-ca-key"},
	{"codecov-access-token", "codecov-upload-token codecov-api-token"},
	{"cohere-api-token", "cohere-api-key"},
	{"coinbase-access-token", "coinbase-legacy-api-secret"},
	{"confluent-access-token", ""},
	{"confluent-secret-key", "confluent-api-secret confluent-api-secret-v2"},
	{"contentful-delivery-api-token", "contentful-delivery-token"},
	{"curl-auth-header", "http-basic-authorization-header http-bearer-authorization-header"},
	{"curl-auth-user", "curl-user-option"},
	{"databricks-api-token", "databricks-pat"},
	{"datadog-access-token", "datadog-api-key datadog-application-key"},
	{"defined-networking-api-token", "defined-networking-api-key"},
	{"digitalocean-access-token", "digitalocean-oauth-token"},
	{"digitalocean-pat", "digitalocean-pat"},
	{"digitalocean-refresh-token", "digitalocean-refresh-token"},
	{"discord-api-token", "discord-bot-token"},
	{"discord-client-id", ""},
	{"discord-client-secret", "discord-client-secret"},
	{"doppler-api-token", "doppler-personal-token doppler-service-token doppler-service-account-token"},
	{"droneci-access-token", "drone-ci-token"},
	{"dropbox-api-token", "dropbox-app-secret"},
	{"dropbox-long-lived-api-token", "dropbox-long-lived-token"},
	{"dropbox-short-lived-api-token", "dropbox-short-lived-token"},
	{"duffel-api-token", "duffel-access-token"},
	{"dynatrace-api-token", "dynatrace-api-token"},
	{"easypost-api-token", "easypost-api-key"},
	{"easypost-test-api-token", "easypost-api-key"},
	{"etsy-access-token", "etsy-api-keystring"},
	{"facebook-access-token", "facebook-access-token facebook-app-token"},
	{"facebook-page-access-token", "facebook-access-token"},
	{"facebook-secret", "facebook-app-secret"},
	{"fastly-api-token", "fastly-api-token"},
	{"finicity-api-token", "finicity-app-key"},
	{"finicity-client-secret", "finicity-partner-secret"},
	{"finnhub-access-token", "finnhub-api-token"},
	{"flickr-access-token", "flickr-api-key"},
	{"flutterwave-encryption-key", "flutterwave-encryption-key"},
	{"flutterwave-public-key", ""},
	{"flutterwave-secret-key", "flutterwave-secret-key"},
	{"flyio-access-token", "flyio-access-token"},
	{"frameio-api-token", "frame-io-token"},
	{"freemius-secret-key", "freemius-secret-key"},
	{"freshbooks-access-token", "freshbooks-client-secret"},
	{"gcp-api-key", "google-api-key google-service-bound-api-key"},
	{"generic-api-key", "generic-api-key generic-password generic-secret generic-token"},
	{"github-app-token", "github-app-user-token github-app-installation-token github-app-installation-token-jwt"},
	{"github-fine-grained-pat", "github-fine-grained-pat"},
	{"github-oauth", "github-oauth-token"},
	{"github-pat", "github-pat"},
	{"github-refresh-token", "github-app-refresh-token"},
	{"gitlab-cicd-job-token", "gitlab-ci-job-token"},
	{"gitlab-deploy-token", "gitlab-deploy-token"},
	{"gitlab-feature-flag-client-token", "gitlab-feature-flag-token"},
	{"gitlab-feed-token", "gitlab-feed-token"},
	{"gitlab-incoming-mail-token", "gitlab-incoming-mail-token"},
	{"gitlab-kubernetes-agent-token", "gitlab-agent-token"},
	{"gitlab-oauth-app-secret", "gitlab-oauth-app-secret"},
	{"gitlab-pat", "gitlab-pat"},
	{"gitlab-pat-routable", "gitlab-pat-routable"},
	{"gitlab-ptt", "gitlab-trigger-token"},
	{"gitlab-rrt", "gitlab-runner-registration-token"},
	{"gitlab-runner-authentication-token", "gitlab-runner-token"},
	{"gitlab-runner-authentication-token-routable", "gitlab-runner-token"},
	{"gitlab-scim-token", "gitlab-scim-token"},
	{"gitlab-session-cookie", "gitlab-session-cookie"},
	{"gitter-access-token", "gitter-access-token"},
	{"gocardless-api-token", "gocardless-access-token"},
	{"grafana-api-key", "grafana-api-key-legacy"},
	{"grafana-cloud-api-token", "grafana-cloud-token"},
	{"grafana-service-account-token", "grafana-service-account-token"},
	{"harness-api-key", "harness-token"},
	{"hashicorp-tf-api-token", "terraform-cloud-token"},
	{"hashicorp-tf-password", ""},
	{"heroku-api-key", "heroku-api-key heroku-api-key-legacy"},
	{"heroku-api-key-v2", "heroku-api-key"},
	{"hubspot-api-key", "hubspot-hapikey hubspot-private-app-token"},
	{"huggingface-access-token", "huggingface-user-token"},
	{"huggingface-organization-api-token", "huggingface-org-token"},
	{"infracost-api-token", "infracost-api-key"},
	{"intercom-api-key", "intercom-access-token"},
	{"intra42-client-secret", "intra42-client-secret"},
	{"jfrog-api-key", "artifactory-api-key"},
	{"jfrog-identity-token", "jfrog-access-token artifactory-reference-token"},
	{"jwt", "jwt"},
	{"jwt-base64", ""},
	{"kraken-access-token", "kraken-private-key"},
	{"kubernetes-secret-yaml", "kubernetes-secret-value"},
	{"kucoin-access-token", ""},
	{"kucoin-secret-key", "kucoin-api-secret"},
	{"launchdarkly-access-token", "launchdarkly-api-token launchdarkly-sdk-key"},
	{"linear-api-key", "linear-api-key"},
	{"linear-client-secret", "linear-oauth-client-secret"},
	{"linkedin-client-id", ""},
	{"linkedin-client-secret", "linkedin-client-secret linkedin-client-secret-legacy"},
	{"lob-api-key", "lob-api-key"},
	{"lob-pub-api-key", ""},
	{"looker-client-id", ""},
	{"looker-client-secret", "looker-client-secret"},
	{"mailchimp-api-key", "mailchimp-api-key"},
	{"mailgun-private-api-token", "mailgun-private-api-key mailgun-key-prefixed"},
	{"mailgun-pub-key", "mailgun-public-validation-key"},
	{"mailgun-signing-key", "mailgun-private-api-key"},
	{"mapbox-api-token", "mapbox-public-token mapbox-secret-token"},
	{"mattermost-access-token", "mattermost-token"},
	{"maxmind-license-key", "maxmind-license-key"},
	{"messagebird-api-token", "messagebird-access-key"},
	{"messagebird-client-id", ""},
	{"microsoft-teams-webhook", "microsoft-teams-incoming-webhook"},
	{"netlify-access-token", "netlify-personal-access-token netlify-legacy-token"},
	{"new-relic-browser-api-token", "new-relic-browser-key"},
	{"new-relic-insert-key", "new-relic-insights-insert-key"},
	{"new-relic-user-api-id", ""},
	{"new-relic-user-api-key", "new-relic-user-key"},
	{"notion-api-token", "notion-token notion-legacy-token"},
	{"npm-access-token", "npm-access-token"},
	{"nuget-config-password", "nuget-config-password"},
	{"nytimes-access-token", "nytimes-api-key"},
	{"octopus-deploy-api-key", "octopus-deploy-api-key"},
	{"okta-access-token", "okta-api-token okta-ssws-header"},
	{"openai-api-key", "openai-api-key openai-api-key-legacy openai-admin-key"},
	{"openshift-user-token", "openshift-oauth-token"},
	{"perplexity-api-key", "perplexity-api-key"},
	{"pkcs12-file", "key-store-file"},
	{"plaid-api-token", "plaid-access-token"},
	{"plaid-client-id", ""},
	{"plaid-secret-key", "plaid-secret"},
	{"planetscale-api-token", "planetscale-service-token"},
	{"planetscale-oauth-token", "planetscale-oauth-token"},
	{"planetscale-password", "planetscale-password"},
	{"postman-api-token", "postman-api-key"},
	{"prefect-api-token", "prefect-user-api-key prefect-service-account-key"},
	{"private-key", "private-key encrypted-private-key github-app-private-key openssh-private-key pgp-private-key"},
	{"privateai-api-token", "privateai-api-key"},
	{"pulumi-api-token", "pulumi-access-token"},
	{"pypi-upload-token", "pypi-api-token"},
	{"rapidapi-access-token", "rapidapi-key"},
	{"readme-api-token", "readme-api-key"},
	{"rubygems-api-token", "rubygems-api-key"},
	{"scalingo-api-token", "scalingo-api-token"},
	{"sendbird-access-id", ""},
	{"sendbird-access-token", "sendbird-api-token"},
	{"sendgrid-api-token", "sendgrid-api-key"},
	{"sendinblue-api-token", "brevo-api-key"},
	{"sentry-access-token", "sentry-legacy-token"},
	{"sentry-org-token", "sentry-org-auth-token"},
	{"sentry-user-token", "sentry-user-auth-token"},
	{"settlemint-application-access-token", "settlemint-token"},
	{"settlemint-personal-access-token", "settlemint-token"},
	{"settlemint-service-access-token", "settlemint-token"},
	{"shippo-api-token", "shippo-api-token"},
	{"shopify-access-token", "shopify-admin-token"},
	{"shopify-custom-access-token", "shopify-admin-token"},
	{"shopify-private-app-access-token", "shopify-admin-token"},
	{"shopify-shared-secret", "shopify-app-secret"},
	{"sidekiq-secret", "contributed-systems-credentials"},
	{"sidekiq-sensitive-url", "contributed-systems-credentials"},
	{"slack-app-token", "slack-app-token"},
	{"slack-bot-token", "slack-bot-token"},
	{"slack-config-access-token", "slack-config-token"},
	{"slack-config-refresh-token", "slack-refresh-token"},
	{"slack-legacy-bot-token", "slack-bot-token"},
	{"slack-legacy-token", "slack-legacy-token"},
	{"slack-legacy-workspace-token", "slack-legacy-token"},
	{"slack-user-token", "slack-user-token"},
	{"slack-webhook-url", "slack-webhook-url slack-workflow-webhook-url"},
	{"snyk-api-token", "snyk-api-token"},
	{"sonar-api-token", "sonarqube-token sonarcloud-token"},
	{"sourcegraph-access-token", "sourcegraph-access-token"},
	{"square-access-token", "square-access-token"},
	{"squarespace-access-token", "squarespace-api-key"},
	{"stripe-access-token", "stripe-live-secret-key stripe-live-restricted-key stripe-test-key"},
	{"sumologic-access-id", ""},
	{"sumologic-access-token", "sumologic-access-key"},
	{"telegram-bot-api-token", "telegram-bot-token"},
	{"travisci-access-token", "travisci-api-token"},
	{"twilio-api-key", "twilio-api-key-secret"},
	{"twitch-api-token", "twitch-access-token"},
	{"twitter-access-secret", "x-access-token-secret"},
	{"twitter-access-token", ""},
	{"twitter-api-key", ""},
	{"twitter-api-secret", "x-api-secret"},
	{"twitter-bearer-token", "x-bearer-token"},
	{"typeform-api-token", "typeform-personal-access-token"},
	{"vault-batch-token", "vault-batch-token"},
	{"vault-service-token", "vault-service-token vault-legacy-token"},
	{"yandex-access-token", "yandex-cloud-iam-token"},
	{"yandex-api-key", "yandex-cloud-api-key"},
	{"yandex-aws-access-token", "yandex-cloud-static-key-secret"},
	{"zendesk-secret-key", "zendesk-api-token"},
}
