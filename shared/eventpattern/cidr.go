package eventpattern

import (
	"net/netip"
	"strings"

	"curfew/shared/strictjson"
)

// A block is {"cidr": "10.0.0.0/24"}.
type block netip.Prefix

func (b block) matches(v value) bool {
	return v.kind == strictjson.String && netip.Prefix(b).Contains(addressOf(v.text))
}

func cidrOf(operand strictjson.Value, at string) (test, error) {
	if operand.Kind != strictjson.String {
		return nil, errorAt(at, "want a string, got %s", describe(operand))
	}
	address, _, slash := strings.Cut(operand.Text, "/")
	if !slash {
		return nil, errorAt(at, "%q is not an address, a slash and a number of bits", operand.Text)
	}
	if !addressOf(address).IsValid() {
		return nil, errorAt(at, "%q is not an IP address", address)
	}
	p, err := netip.ParsePrefix(operand.Text)
	switch {
	case err != nil:
		return nil, errorAt(at, "%q is not an address, a slash and a number of bits", operand.Text)
	case p.IsSingleIP():
		return nil, errorAt(at, "%q is a single address: list the address itself", operand.Text)
	case p != p.Masked():
		return nil, errorAt(at, "%q has bits beyond its mask, want %q", operand.Text, p.Masked())
	case p.Addr().Is4In6():
		return nil, errorAt(at, "%q is IPv4 written as IPv6", operand.Text)
	}
	return block(p), nil
}

// addressOf returns the IP address in s, or the zero Addr. IPv4 written as IPv6 becomes IPv4. Like Event Ruler, it
// accepts no zone and no mix of colons and dots.
func addressOf(s string) netip.Addr {
	colons := strings.Contains(s, ":")
	if len(s) > 39 || colons && strings.ContainsAny(s, ".%") || !colons && strings.Count(s, ".") != 3 {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}
