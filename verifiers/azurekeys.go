package verifiers

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// These verifiers are of Azure's services whose keys sign each question in a
// way of their own. What a key is for stands in its connection string.

// azureSharedAccess asks the service that a shared access key is of: see askBus
// and askIoT. The beginning of its connection string, up to the name of the
// key's policy, is the part azure-sas-endpoint.
func azureSharedAccess() signed {
	ofHub := func(c Credential) bool {
		return strings.HasPrefix(strings.ToLower(c.Parts[azureSASEndpoint]), "hostname=")
	}
	return signed{
		build: func(ctx context.Context, c Credential, now time.Time) (*http.Request, string, error) {
			if ofHub(c) {
				return askIoT(ctx, c, now)
			}
			return askBus(ctx, c, now)
		},
		judge: func(c Credential, net *Network, a *Answer) (mudlark.Verification, error) {
			if ofHub(c) {
				return judgeIoT(c, net, a)
			}
			return judgeBus(c, net, a)
		},
	}
}

const azureSASEndpoint = "azure-sas-endpoint" // the rule of "Endpoint=sb://...;SharedAccessKeyName=..." and "HostName=...;..."

// tokenLife is how long the tokens hold that questions are signed with.
const tokenLife = 5 * time.Minute

// askBus asks Service Bus, Event Hubs or Relay for the first queue, or for the
// entity that a policy is for, which the rest of the line names. See "Service
// Bus access control with Shared Access Signatures".
func askBus(ctx context.Context, c Credential, now time.Time) (*http.Request, string, error) {
	found := regexp.MustCompile(`^(?i:Endpoint)=sb://([0-9A-Za-z-]{1,63}\.servicebus\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net))/?;SharedAccessKeyName=(.+)$`).
		FindStringSubmatch(c.Parts[azureSASEndpoint])
	if found == nil {
		return nil, "", lacks("no namespace and policy stand before it")
	}
	host, policy, path := strings.ToLower(found[1]), found[2], "/$Resources/Queues"
	resource := "https://" + host + "/"
	_, after, _ := strings.Cut(c.Line, c.Secret)
	if entity := regexp.MustCompile(`^;EntityPath=([0-9A-Za-z._/~-]{1,260})`).FindStringSubmatch(after); entity != nil {
		path, resource = "/"+entity[1], resource+entity[1]
	}
	req, err := newGet(ctx, c, host, path+"?api-version=2021-05")
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Authorization", sasToken([]byte(c.Secret), strings.ToLower(resource), policy, now))
	return req, policy + " " + resource, nil
}

// judgeBus says what an answer means: a policy that may not manage is told so,
// once its signature was found right.
func judgeBus(c Credential, net *Network, a *Answer) (mudlark.Verification, error) {
	said := string(a.Body)
	who := factsOf("namespace", net.host, "policy", policyOf(c))
	switch {
	case a.Status == http.StatusOK && strings.Contains(said, "<feed"), a.Status == http.StatusOK && strings.Contains(said, "<entry"):
		return mudlark.Verification{Status: mudlark.Active, Identity: who, Scopes: []string{"Manage"}, Privilege: mudlark.PrivilegeAdmin}, nil
	case a.Status != http.StatusUnauthorized:
	case strings.Contains(said, "claims required"), strings.Contains(said, "claims are required"):
		return mudlark.Verification{Status: mudlark.Active, Identity: who, Scopes: []string{"Send or Listen"}, Privilege: mudlark.PrivilegeWrite}, nil
	case !strings.Contains(said, "InvalidSignature"):
	case inConnectionString(c):
		return refusal(c, net, a)
	default: // outside of a connection string, an entity of its own may be missing
		return mudlark.Verification{}, assumedError(net.host, "the key", "queue or topic")
	}
	return mudlark.Verification{}, unclear(a, net.Now())
}

// askIoT asks an IoT hub for its first device. See "Control access to IoT Hub
// with shared access signatures". Policies that may not read the registry get
// the answer of a wrong key: of them it says nothing.
func askIoT(ctx context.Context, c Credential, now time.Time) (*http.Request, string, error) {
	found := regexp.MustCompile(`^(?i:HostName)=([0-9A-Za-z-]{1,63}\.azure-devices\.(?:net|cn|us));SharedAccessKeyName=(.+)$`).FindStringSubmatch(c.Parts[azureSASEndpoint])
	if found == nil {
		return nil, "", lacks("no hub and policy stand before it")
	}
	key, err := base64.StdEncoding.DecodeString(c.Secret)
	if err != nil {
		return nil, "", lacks("it is no base64")
	}
	host := strings.ToLower(found[1])
	req, err := newGet(ctx, c, host, "/devices?api-version=2021-04-12&top=1")
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Authorization", sasToken(key, host, found[2], now))
	return req, found[2], nil
}

func judgeIoT(c Credential, net *Network, a *Answer) (mudlark.Verification, error) {
	policy := policyOf(c)
	switch {
	case a.Status == http.StatusOK && strings.HasPrefix(strings.TrimSpace(string(a.Body)), "["):
		v := mudlark.Verification{Status: mudlark.Active, Identity: factsOf("hub", net.host, "policy", policy), Privilege: mudlark.PrivilegeRead}
		if policy == "iothubowner" {
			v.Privilege = mudlark.PrivilegeAdmin
		}
		return v, nil
	case a.Status == http.StatusUnauthorized && !strings.Contains(string(a.Body), "IotHubUnauthorizedAccess"): // keys may be turned off
	case a.Status == http.StatusUnauthorized && inConnectionString(c) && (policy == "iothubowner" || strings.HasPrefix(policy, "registryRead")):
		return refusal(c, net, a)
	}
	return mudlark.Verification{}, unclear(a, net.Now())
}

// inConnectionString reports whether the key stands right behind its endpoint
// and policy, and not only near some, which may be another's.
func inConnectionString(c Credential) bool {
	return strings.Contains(c.Line, c.Parts[azureSASEndpoint]+";SharedAccessKey="+c.Secret)
}

func policyOf(c Credential) string {
	_, policy, _ := strings.Cut(c.Parts[azureSASEndpoint], ";SharedAccessKeyName=")
	return policy
}

// sasToken returns a token for a resource that a policy's key signs.
func sasToken(key []byte, resource, policy string, now time.Time) string {
	resource = url.QueryEscape(resource)
	until := strconv.FormatInt(now.Add(tokenLife).Unix(), 10)
	signature := base64.StdEncoding.EncodeToString(mac256(key, resource, "\n", until))
	return "SharedAccessSignature sr=" + resource + "&sig=" + url.QueryEscape(signature) + "&se=" + until + "&skn=" + url.QueryEscape(policy)
}

// azureCosmos asks a Cosmos DB account for its databases. See "Access control
// on Azure Cosmos DB resources". The host stands in the connection string, or
// is the part azure-cosmosdb-host.
func azureCosmos() signed { return signed{askCosmos, judgeCosmos} }

func askCosmos(ctx context.Context, c Credential, now time.Time) (*http.Request, string, error) {
	found := regexp.MustCompile(`(?i)(?:^|[^0-9a-z.-])([0-9a-z-]{3,44}\.documents\.azure\.(?:com|us|cn))(?:[^0-9a-z.-]|$)`).
		FindStringSubmatch(c.Match + " " + c.Parts["azure-cosmosdb-host"])
	if found == nil {
		return nil, "", lacks("the name of its account does not stand near it")
	}
	host := strings.ToLower(found[1])
	key, err := base64.StdEncoding.DecodeString(c.Secret)
	if err != nil {
		return nil, "", lacks("it is no base64")
	}
	req, err := newGet(ctx, c, host, "/dbs")
	if err != nil {
		return nil, "", err
	}
	date := now.UTC().Format(http.TimeFormat)
	signature := base64.StdEncoding.EncodeToString(mac256(key, "get\ndbs\n\n", strings.ToLower(date), "\n\n"))
	req.Header.Set("Authorization", url.QueryEscape("type=master&ver=1.0&sig="+signature))
	req.Header.Set("X-Ms-Date", date)
	req.Header.Set("X-Ms-Version", "2018-12-31")
	req.Header.Set("Accept", "application/json")
	return req, host, nil
}

func judgeCosmos(c Credential, net *Network, a *Answer) (mudlark.Verification, error) {
	said := answer{Answer: a}
	message := said.at("message").String()
	switch {
	case a.Status == http.StatusOK && said.at("Databases").IsArray():
		account, _, _ := strings.Cut(net.host, ".")
		return mudlark.Verification{Status: mudlark.Active, Identity: factsOf(
			"account", account, "databases", strings.Join(said.find("Databases.#.id"), ", "),
		)}, nil
	case a.Status == http.StatusUnauthorized && said.at("code").String() == "Unauthorized" &&
		!strings.Contains(message, "Local Authorization") && !strings.Contains(message, "current time"):
		if c.Endpoint == "" && !strings.Contains(strings.ToLower(c.Match), net.host) { // it only stands near by
			return mudlark.Verification{}, assumedError(net.host, "the key", "account")
		}
		return refusal(c, net, a)
	}
	return mudlark.Verification{}, unclear(a, net.Now())
}

// azureAppConfig asks an App Configuration store for the names of its settings.
// See "HMAC authentication" in its reference. Host and id stand before the key
// on its line.
func azureAppConfig() signed { return signed{askAppConfig, judgeAppConfig} }

func askAppConfig(ctx context.Context, c Credential, now time.Time) (*http.Request, string, error) {
	before, _, _ := strings.Cut(c.Line, c.Secret) // of several stores the one right before it
	found := regexp.MustCompile(`https://([0-9A-Za-z-]{1,63}\.azconfig\.io);Id=([0-9A-Za-z+/:=-]{4,40});Secret=$`).FindStringSubmatch(before)
	if found == nil {
		return nil, "", lacks("the name of its store does not stand before it")
	}
	key, err := base64.StdEncoding.DecodeString(c.Secret)
	if err != nil {
		return nil, "", lacks("it is no base64")
	}
	req, err := newGet(ctx, c, strings.ToLower(found[1]), "/kv?api-version=1.0&$select=key")
	if err != nil {
		return nil, "", err
	}
	nothing := sha256.Sum256(nil) // the body
	date, digest := now.UTC().Format(http.TimeFormat), base64.StdEncoding.EncodeToString(nothing[:])
	signature := mac256(key, "GET\n", req.URL.RequestURI(), "\n", date, ";", req.URL.Host, ";", digest)
	req.Header.Set("X-Ms-Date", date)
	req.Header.Set("X-Ms-Content-Sha256", digest)
	req.Header.Set("Authorization", "HMAC-SHA256 Credential="+found[2]+"&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="+base64.StdEncoding.EncodeToString(signature))
	return req, found[2], nil
}

func judgeAppConfig(c Credential, net *Network, a *Answer) (mudlark.Verification, error) {
	said, why := answer{Answer: a}, a.Header.Get("WWW-Authenticate")
	switch {
	case a.Status == http.StatusOK && said.at("items").IsArray():
		store, _, _ := strings.Cut(net.host, ".")
		return mudlark.Verification{Status: mudlark.Active, Identity: factsOf("store", store), Privilege: mudlark.PrivilegeRead}, nil
	case a.Status == http.StatusUnauthorized && (strings.Contains(why, "Invalid Signature") || strings.Contains(why, "Invalid Credential")):
		return refusal(c, net, a)
	}
	return mudlark.Verification{}, unclear(a, net.Now())
}
