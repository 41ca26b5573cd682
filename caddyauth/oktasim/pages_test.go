package oktasim_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
)

const hostile = `"><script>alert(1)</script><b x='`

// Everything that others wrote stands on the page of calls.
func TestCallPagesEscape(t *testing.T) {
	o := start(t, &oktasim.Server{})
	request, _ := http.NewRequest(http.MethodPost, o.url+"/idp/idx/identify", strings.NewReader(`{"`+strings.ReplaceAll(hostile, `"`, `\"`)+`":"x","id":"`+strings.ReplaceAll(hostile, `"`, `\"`)+`"}`))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", hostile)
	o.do(request)
	for path, want := range map[string]string{"/calls": "identify", "/calls/1": "alert(1)"} {
		got := o.lookAt(o.url+path, patience)
		if got.status != 200 || !strings.Contains(got.body, want) || strings.Contains(got.body, "<script>") || strings.Contains(got.body, "<b x") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
		if !strings.Contains(got.body, "simulator") || !strings.Contains(got.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", path, got.header)
		}
	}
	for _, path := range []string{"/calls/2", "/calls/x", "/calls/-1"} {
		expect(t, path, o.lookAt(o.url+path, patience).status, 404)
	}
}

// A page that reloads while somebody types takes away what was typed.
func TestPagesReloadOnlyWhereNothingIsTyped(t *testing.T) {
	o := start(t, &oktasim.Server{})
	for path, live := range map[string]bool{"/": false, "/mail": true, "/phone": true, "/calls": true} {
		body := o.lookAt(o.url+path, patience).body
		expect(t, path, strings.Contains(body, `http-equiv="refresh"`), live)
		if live && (strings.Contains(body, "<input") || strings.Contains(body, "<textarea")) {
			t.Errorf("%s reloads and takes input", path)
		}
		if !strings.Contains(body, `aria-current="page"`) {
			t.Errorf("%s: no tab is marked", path)
		}
	}
	if _, text := o.log(""); strings.TrimSpace(text) != "[]" {
		t.Errorf("pages for people are in the log of calls: %s", text)
	}
}

func TestPagesFitASmallPhone(t *testing.T) {
	long := func(part string) string { return strings.Repeat(part, 20) }
	v := visit(t, rig.Chromium(t), "", "", &oktasim.Server{Users: []oktasim.User{
		{Login: long("long-") + "@example.com", Password: long("password-"), Name: long("Name"), Groups: []string{long("Group")}},
	}})
	v.begin()
	command(v, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 320, Height: 640, DeviceScaleFactor: 1, Mobile: true})
	for _, address := range []string{v.url + "/", v.url + "/mail", v.url + "/phone", v.url + "/calls", v.url + "/calls/1", v.manage + "/"} {
		command(v, page.Navigate, page.NavigateParams{URL: address})
		eventually(t, func() string { return "waiting for " + address }, func() bool {
			return evaluate[bool](v, `document.readyState === "complete" && location.href === `+quoted(address))
		})
		if width := evaluate[int](v, `document.documentElement.scrollWidth`); width > 320 {
			t.Errorf("%s is %d pixels wide on a screen of 320", address, width)
		}
		v.picture()
	}
}
