package mudlark

import (
	"cmp"
	"slices"
	"time"
)

// Verification is what a credential's provider said of it. The zero value:
// nobody asked.
type Verification struct {
	Status Status `json:"status,omitempty"`
	// Reason is a sentence: why the status is unknown, or what the provider said.
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at,omitzero"`
	Host   string    `json:"host,omitempty"` // that was asked
	// Cached says that the answer is that of an earlier question.
	Cached bool `json:"cached,omitempty"`
	// Identity is whose credential it is, in the provider's words.
	Identity []Fact `json:"identity,omitempty"`
	// Scopes are what it may do, in the provider's words.
	Scopes    []string  `json:"scopes,omitempty"`
	Privilege Privilege `json:"privilege,omitempty"`
	// Was is what an earlier verification said, if it said something else.
	Was Status `json:"was,omitempty"`
}

// Status is whether a credential works.
type Status string

// The statuses. Whatever is no clear answer is Unknown.
const (
	NotAsked Status = ""
	Active   Status = "active"
	Inactive Status = "inactive"
	Unknown  Status = "unknown"
)

// Compare orders statuses by how much they say of a secret of which several are
// known: that it works says most, then that it may.
func (s Status) Compare(other Status) int {
	rank := func(s Status) int { return slices.Index([]Status{NotAsked, Inactive, Unknown, Active}, s) }
	return cmp.Compare(rank(s), rank(other))
}

// A Fact is one thing that is known of a credential: "account", "1234".
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Privilege grades what a live credential may do.
type Privilege int8

// The grades. The zero value is unset: the provider does not tell.
const (
	PrivilegeUnset Privilege = iota
	PrivilegeRead            // sees
	PrivilegeWrite           // changes
	PrivilegeAdmin           // grants, deletes, spends
)

var privilegeNames = [...]string{"", "read", "write", "admin"}

func (p Privilege) String() string { return name(privilegeNames[:], int(p)) }

// MarshalText implements encoding.TextMarshaler.
func (p Privilege) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Privilege) UnmarshalText(text []byte) error {
	i, err := parseName(privilegeNames[:], "privilege", text)
	*p = Privilege(i)
	return err
}

// Assessment is what a credential says of itself, read without asking anybody.
// The zero value: it says nothing.
type Assessment struct {
	Verdict Assessed `json:"verdict,omitempty"`
	// Reason is what the verdict rests on: "expired on 2021-03-01".
	Reason  string    `json:"reason,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	// Identity is whose credential it is, where that is written in it.
	Identity []Fact `json:"identity,omitempty"`
}

// Assessed is the verdict of an Assessment.
type Assessed string

// The verdicts.
const (
	Plausible  Assessed = "plausible"  // all that can be checked is right
	TestMode   Assessed = "test"       // of the provider's test mode, or a known test key
	Expired    Assessed = "expired"    // its own date of expiry is past
	Impossible Assessed = "impossible" // no provider issued it: documentation, a checksum that cannot be
)
