// Command vault is the core of HashiCorp Vault 1.14, the last one under the
// MPL-2.0, as a server for tests: in memory, unsealed, over TLS. It writes its
// root token and its unseal key as JSON to the file -out when it is ready.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

func main() {
	address := flag.String("address", "127.0.0.1:8200", "host and port to listen on")
	cert := flag.String("cert", "", "file of the certificate, PEM")
	key := flag.String("key", "", "file of its key, PEM")
	out := flag.String("out", "", "file to write the root token and the unseal key to")
	flag.Parse()
	if err := serve(*address, *cert, *key, *out); err != nil {
		fmt.Fprintln(os.Stderr, "vault:", err)
		os.Exit(1)
	}
}

func serve(address, cert, key, out string) error {
	logger := hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: os.Stderr})
	storage, err := inmem.NewInmem(nil, logger)
	if err != nil {
		return err
	}
	core, err := vault.NewCore(&vault.CoreConfig{
		Physical: storage, Logger: logger, DisableMlock: true, BuiltinRegistry: registry{},
		LogicalBackends: map[string]logical.Factory{"kv": kv.Factory},
		DefaultLeaseTTL: time.Hour, MaxLeaseTTL: 24 * time.Hour,
	})
	if err != nil {
		return err
	}
	ready, err := open(core)
	if err != nil {
		return err
	}
	if err := os.WriteFile(out+".part", ready, 0o600); err != nil {
		return err
	}
	go announce(address, out)
	server := &http.Server{
		Addr: address, Handler: vaulthttp.Handler.Handler(&vault.HandlerProperties{Core: core}), ReadHeaderTimeout: time.Minute,
	}
	return server.ListenAndServeTLS(cert, key)
}

// open initialises and unseals a core, and returns what opens it again.
func open(core *vault.Core) ([]byte, error) {
	ctx := context.Background()
	seal := func(stored int) *vault.SealConfig {
		return &vault.SealConfig{SecretShares: 1, SecretThreshold: 1, StoredShares: stored}
	}
	made, err := core.Initialize(ctx, &vault.InitParams{BarrierConfig: seal(1), RecoveryConfig: seal(0)})
	if err != nil {
		return nil, fmt.Errorf("initialising: %w", err)
	}
	if _, err := core.Unseal(made.SecretShares[0]); err != nil {
		return nil, fmt.Errorf("unsealing: %w", err)
	}
	return json.Marshal(map[string]string{
		"root_token": made.RootToken, "unseal_key": hex.EncodeToString(made.SecretShares[0]),
	})
}

// announce gives the file its name once address takes connections.
func announce(address, out string) {
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
			_ = os.Rename(out+".part", out)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// registry knows the one plugin that there is.
type registry struct{}

// Contains implements vault.BuiltinRegistry.
func (registry) Contains(name string, kind consts.PluginType) bool {
	return name == "kv" && kind == consts.PluginTypeSecrets
}

// Get implements vault.BuiltinRegistry.
func (r registry) Get(name string, kind consts.PluginType) (func() (interface{}, error), bool) {
	return func() (interface{}, error) { return logical.Factory(kv.Factory), nil }, r.Contains(name, kind)
}

// Keys implements vault.BuiltinRegistry.
func (registry) Keys(kind consts.PluginType) []string {
	if kind == consts.PluginTypeSecrets {
		return []string{"kv"}
	}
	return nil
}

// DeprecationStatus implements vault.BuiltinRegistry.
func (r registry) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, r.Contains(name, kind)
}
