package verifiers

import (
	"testing"
	"time"
)

// newTestNetwork returns a network that leads to host, which may be on
// loopback.
func newTestNetwork(t testing.TB, host string) *Network {
	t.Helper()
	opts := Options{Now: time.Now}
	return &Network{wire: newWire(opts), host: host, internal: true}
}
