package verifiers

import (
	"fmt"
	"net/netip"
)

// refused is an address that no question may go to.
type refused struct{ address, why, mend string }

// Error implements error.
func (r *refused) Error() string {
	return fmt.Sprintf("its address %s is %s, and no question goes there%s", r.address, r.why, r.mend)
}

// allowed returns an error if a resolved address, with a port, must not be
// connected to. With internal those of one's own network may.
func allowed(address string, internal bool) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return &refused{address: "of an unknown form", why: "not an address"}
	}
	ip := embedded(at.Addr().Unmap().WithZone(""))
	switch why, own := reserved(ip); {
	case why == "":
		return nil
	case !own:
		return &refused{ip.String(), why, ""}
	case !internal:
		return &refused{ip.String(), why, "; --allow-internal allows it for own hosts"}
	}
	return nil
}

// embedded returns the IPv4 address that a network's translator (NAT64, RFC 6052)
// takes the address for, or the address itself.
func embedded(ip netip.Addr) netip.Addr {
	if !netip.MustParsePrefix("64:ff9b::/96").Contains(ip) {
		return ip
	}
	b := ip.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}

// reserved says why an address is not one of the public network; empty: it is.
// own says that it may be of the user's network. See the special-purpose
// registries of IANA, RFC 6890.
func reserved(ip netip.Addr) (why string, own bool) {
	switch {
	case ip.IsLoopback():
		return "this machine's", true
	case ip.IsPrivate():
		return "private", true
	case ip.IsLinkLocalUnicast():
		return "link-local", false // where clouds hand out credentials
	case !ip.IsGlobalUnicast():
		return "not one machine's", false
	}
	for _, block := range [...]struct {
		prefix string
		own    bool
	}{
		{"100.64.0.0/10", true}, // carriers and overlay networks
		{"198.18.0.0/15", true}, // benchmarks
		{"0.0.0.0/8", false},
		{"192.0.0.0/24", false},
		{"192.0.2.0/24", false}, // documentation
		{"198.51.100.0/24", false},
		{"203.0.113.0/24", false},
		{"192.88.99.0/24", false},
		{"240.0.0.0/4", false},
		{"::/96", false},
		{"64:ff9b:1::/48", false}, // an IPv4 address in disguise, as the next ones are
		{"2002::/16", false},
		{"2001::/23", false},
		{"2001:db8::/32", false},
		{"3fff::/20", false},
		{"100::/64", false},
		{"fec0::/10", false},
		{"5f00::/16", false},
	} {
		if netip.MustParsePrefix(block.prefix).Contains(ip) {
			return "reserved", block.own
		}
	}
	return "", false
}
