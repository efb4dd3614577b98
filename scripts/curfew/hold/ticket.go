package hold

import (
	"encoding/json"
	"errors"
	"fmt"

	"curfew/scripts/curfew/atomicfile"
	"curfew/shared/access"
	"curfew/shared/strictjson"
)

// Ticket names an elevation, so that another process can resume it. It is no secret and gives no authority: the API
// authenticates the caller.
type Ticket struct {
	Elevation   string `json:"elevation"`
	Entitlement string `json:"entitlement"`
	Principal   string `json:"principal"` // ARN
	// Endpoint is where access was asked for. It is compared and never called: a file must not direct credentials
	// elsewhere.
	Endpoint string `json:"endpoint"`
}

// maxTicket is in bytes.
const maxTicket = 16 << 10

// Write writes the ticket atomically, readable by its owner only. It replaces an existing file.
func (t Ticket) Write(path string) error {
	b, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(path, append(b, '\n'))
}

// ReadTicket reads what [Ticket.Write] wrote.
func ReadTicket(b []byte) (Ticket, error) {
	var t Ticket
	if err := strictjson.Decode(b, strictjson.Rules{MaxBytes: maxTicket, Object: true}, &t); err != nil {
		return t, fmt.Errorf("not a ticket: %w", err)
	}
	if !access.ValidID(t.Elevation) {
		return t, errors.New("not a ticket: it names no elevation")
	}
	return t, nil
}
