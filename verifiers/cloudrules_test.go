package verifiers

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
)

// What the built-in rules find is enough for the signed questions.
func TestBuiltinRulesHandSignedQuestionsWhatTheyNeed(t *testing.T) {
	set := rules.Builtin()
	engine, err := detectors.New(set, detectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := New(set, Options{Endpoints: map[string]string{"minio": "https://minio.acme-prod.net"}})
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(pemOf(t, twoKeys()[0], "RSA PRIVATE KEY"))
	for _, test := range []struct{ rule, text, host string }{
		{"aws-key-pair", "aws_access_key_id = <aws-key-id AKIA>\naws_secret_access_key = <base64 40>\n", "sts.amazonaws.com"},
		{"aws-key-pair", "AWS_REGION=us-gov-west-1\nAWS_ACCESS_KEY_ID=<aws-key-id AKIA>\nAWS_SECRET_ACCESS_KEY=<base64 40>\n", "sts.us-gov-west-1.amazonaws.com"},
		{"aws-key-pair", "AWS_ACCESS_KEY_ID=<aws-key-id ASIA>\nAWS_SECRET_ACCESS_KEY=<base64 40>\nAWS_SESSION_TOKEN=IQoJb3JpZ2luX2Vj<base64 300>\n", "sts.amazonaws.com"},
		{"aws-session-token", "AWS_ACCESS_KEY_ID=<aws-key-id ASIA>\nAWS_SECRET_ACCESS_KEY=<base64 40>\nAWS_SESSION_TOKEN=IQoJb3JpZ2luX2Vj<base64 300>\n", "sts.amazonaws.com"},
		{"azure-storage-connection-string", "CONN=DefaultEndpointsProtocol=https;AccountName=acmeprod;AccountKey=<base64 86>==;EndpointSuffix=core.windows.net\n", "acmeprod.blob.core.windows.net"},
		{"azure-storage-account-key", "AZURE_STORAGE_ACCOUNT=acmeprod\nSTORAGE_KEY=<azure +ASt>\n", "acmeprod.blob.core.windows.net"},
		{"azure-storage-sas", "url: https://acmefiles.blob.core.windows.net/backup/db.bak?sp=r&st=2024-01-01T00:00:00Z&se=2031-01-01T00:00:00Z&spr=https&sv=2022-11-02&sr=b&sig=<base64 43>%3D\n", "acmefiles.blob.core.windows.net"},
		{"azure-storage-sas", "ACCOUNT_NAME=acmefiles\nsas = \"sv=2022-11-02&ss=b&srt=co&se=2031-01-01T00:00:00Z&spr=https&sig=<base64 43>%3D&sp=rl\"\n", "acmefiles.blob.core.windows.net"},
		{"google-service-account-key", `{"type": "service_account", "private_key": "` + strings.ReplaceAll(key, "\n", `\n`) + `\n", "client_email": "ci@acme-test.iam.gserviceaccount.com"}`, "www.googleapis.com"},
		{"gcp-hmac-secret", "gs_access_key_id = GOOG1E<ALNUM 55>\ngs_secret_access_key = <base64 40>\n", "storage.googleapis.com"},
		{"github-app-private-key", "github_app_id: 734912\nprivate_key: |\n  " + strings.ReplaceAll(key, "\n", "\n  ") + "\n", "api.github.com"},
		{"digitalocean-spaces-secret", "endpoint: https://ams3.digitaloceanspaces.com\nSPACES_ACCESS_KEY_ID=DO00<ALNUM 16>\nSPACES_SECRET_ACCESS_KEY=<base64 43>\n", "ams3.digitaloceanspaces.com"},
		{"wasabi-secret-key", "WASABI_ACCESS_KEY_ID=<ALNUM 20>\nWASABI_SECRET_KEY=<base64 40>\n", "sts.wasabisys.com"},
		{"yandex-cloud-static-key-secret", "AWS_ACCESS_KEY_ID=YCA<base62 22>\nYANDEX_SECRET_KEY=YC<base62 38>\n", "storage.yandexcloud.net"},
		{"cloudflare-r2-secret", "R2_ENDPOINT=https://<hex 32>.r2.cloudflarestorage.com\nR2_ACCESS_KEY_ID=<hex 32>\nR2_SECRET_ACCESS_KEY=<hex 64>\n", ".r2.cloudflarestorage.com"},
		{"tigris-secret-access-key", "AWS_ACCESS_KEY_ID=tid_<base62 30>\nAWS_SECRET_ACCESS_KEY=tsec_<base62 70>\n", "t3.storage.dev"},
		{"ibm-cos-hmac-secret", `"cos_hmac_keys": {"access_key_id": "<hex 32>", "secret_access_key": "<hex 48>"}` + "\n", "s3.us.cloud-object-storage.appdomain.cloud"},
		{"alibaba-key-pair", "ACCESS_KEY_ID=LTAI5t<base62 18>\nACCESS_KEY_SECRET=<base62 30>\n", "sts.aliyuncs.com"},
		{"alibaba-sts-secret", "export ALIBABA_CLOUD_ACCESS_KEY_ID=STS.<base62 25>\nexport ALIBABA_CLOUD_ACCESS_KEY_SECRET=<base62 44>\nexport ALIBABA_CLOUD_SECURITY_TOKEN=CAIS<base64 400>\n", "sts.aliyuncs.com"},
		{"tencent-cloud-key-pair", "TENCENTCLOUD_SECRET_ID=AKID<base62 32>\nTENCENTCLOUD_SECRET_KEY=<base62 32>\n", "sts.tencentcloudapi.com"},
		{"azure-sas-connection-string", "BUS=Endpoint=sb://acme-orders.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=<base64 43>=;EntityPath=orders\n", "acme-orders.servicebus.windows.net"},
		{"azure-servicebus-key", "BUS=Endpoint=sb://acme-orders.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey\nKEY=<azure +ASb>\n", "acme-orders.servicebus.windows.net"},
		{"azure-sas-connection-string", "HUB=HostName=acme-plant.azure-devices.net;SharedAccessKeyName=iothubowner;SharedAccessKey=<base64 43>=\n", "acme-plant.azure-devices.net"},
		{"azure-cosmosdb-connection-string", "COSMOS=AccountEndpoint=https://acme-shop.documents.azure.com:443/;AccountKey=<base64 86>==;\n", "acme-shop.documents.azure.com"},
		{"azure-cosmosdb-key", "COSMOS_ENDPOINT=https://acme-shop.documents.azure.com:443/\nCOSMOS_KEY=<azure ACDb>\n", "acme-shop.documents.azure.com"},
		{"azure-app-configuration-connection-string", "APP_CONFIG=Endpoint=https://acme-shop.azconfig.io;Id=ab-l9-s0:<base62 20>;Secret=<base64 43>=\n", "acme-shop.azconfig.io"},
		{"duo-secret-key", "[duo]\nikey = DI<ALNUM 18>\nskey = <base62 40>\nhost = api-<hex 8>.duosecurity.com\n", ".duosecurity.com"},
		{"minio-root-password", "MINIO_ROOT_USER=acme7admin\nMINIO_ROOT_PASSWORD=<ascii 20>\n", "minio.acme-prod.net"},
	} {
		text := drawn(t, test.text, 3)
		var list []mudlark.Finding
		engine.Detect(mudlark.Chunk{Data: []byte(text)}, func(f mudlark.Finding) {
			if f.RuleID == test.rule {
				list = append(list, f)
			}
		})
		plan := pool.Plan(list)
		if hosts := plan.Hosts(); len(hosts) != 1 || !strings.HasSuffix(hosts[0], test.host) {
			t.Errorf("%s: asks %q, want %s: %+v, of %d found in\n%s", test.rule, hosts, test.host, plan.Held, len(list), text)
		}
	}
}
