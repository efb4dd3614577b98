package sdk_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"curfew/scripts/curfew/sdk"
)

// The signatures are those of botocore 1.43.11 (SigV4Auth) for the same keys, instant, Region and service.
func TestOddCharactersAreSignedAsBotocoreDoes(t *testing.T) {
	files(t, "", "[default]\n"+keys)
	config, err := sdk.Load(t.Context(), sdk.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	signer := sdk.Signer{Config: config, Region: "eu-west-1", Now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }}
	for _, c := range []struct{ method, url, body, want string }{
		{"GET", "https://api.example.com/v1/elevations?state=requested%2Cactive&limit=5", ``, "53631369a056ba1c7beb7e9a4adf470fe4b5038241c70ff638e9dd4e36e63e62"},
		{"GET", "https://api.example.com/v1/elevations?principal=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fa%2Bb%3D%2C.%40-_c", ``, "822f648c6dd473ea951a3daa8942863f0cc1c1e462b4e19661b6982ef9d51e35"},
		{"GET", "https://api.example.com/v1/elevations?reason=a%20b%2Bc%25d~e%2Af&reason=&b=%C3%BC%E2%82%AC", ``, "50cf3da3755aea8779684fe1d75b7381ccb9137c1084a3e1e063ca7ffbbc23f2"},
		{"POST", "https://api.example.com/v1/entitlements/x%20y%2Fz", `{"reason":"ü"}`, "060828de3b6ae0ccb6759eeb2f4938ae05516cc72cfcc2b568a98285c37fce29"},
		{"GET", "https://api.example.com/v1/a~b*c(d)e%25f/%C3%BC", ``, "1c887d339227b5fbf8c3b417be99fba9d1fe20b4dec4c6a56f13bdcf2b1d5377"},
		{"DELETE", "https://api.example.com:8443/v1/%E2%82%AC;a=b,c@d$e", ``, "c86879702cbdbdbfa9731af42f77aee54dcdba26eefce4698d4587e36c1a7081"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, c.url, nil) // botocore signs no Content-Length
		if err != nil {
			t.Fatal(err)
		}
		err = signer.Sign(r, []byte(c.body))
		if _, got, _ := strings.Cut(r.Header.Get("Authorization"), "Signature="); err != nil || got != c.want {
			t.Errorf("%s %s: signature %s, %v; want %s", c.method, c.url, got, err, c.want)
		}
	}
}
