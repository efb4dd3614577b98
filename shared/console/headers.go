package console

import "strings"

// headers are on every answer. https://www.w3.org/TR/CSP3/ and https://www.w3.org/TR/trusted-types/
func (s Settings) headers(origins []string) map[string]string {
	all := map[string]string{
		"Content-Security-Policy": strings.Join([]string{
			"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
			"connect-src " + strings.Join(append([]string{"'self'"}, origins...), " "),
			"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
			"require-trusted-types-for 'script'", "trusted-types 'none'",
		}, "; "),
		"X-Content-Type-Options":            "nosniff",
		"X-Frame-Options":                   "DENY", // for old browsers
		"X-Permitted-Cross-Domain-Policies": "none",
		"Referrer-Policy":                   "no-referrer",
		"Cross-Origin-Opener-Policy":        "same-origin",
		"Cross-Origin-Resource-Policy":      "same-origin",
		"Permissions-Policy":                permissions(),
		// A deployment replaces all files at once.
		"Cache-Control": "no-cache",
	}
	if s.HTTPS {
		all["Strict-Transport-Security"] = "max-age=31536000"
	}
	return all
}

func permissions() string {
	var off []string
	for _, name := range []string{"accelerometer", "autoplay", "camera", "display-capture", "fullscreen", "geolocation", "gyroscope", "magnetometer", "microphone",
		"midi", "payment", "publickey-credentials-get", "screen-wake-lock", "usb", "xr-spatial-tracking"} {
		off = append(off, name+"=()")
	}
	return strings.Join(off, ", ")
}
