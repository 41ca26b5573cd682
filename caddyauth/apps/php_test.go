package apps

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// Caddy speaks FastCGI with PHP by itself, without nginx between. The attack: it
// sends a client's Remote.User on as HTTP_REMOTE.USER, beside the true
// HTTP_REMOTE_USER, and PHP makes one variable of the two.
//
// Rows: S-45, CVE-2026-52845.
func TestCVE_2026_52845_PHPOverFastCGI(t *testing.T) {
	t.Parallel()
	dir := scratch.Folder(t)
	write(t, filepath.Join(dir, "index.php"), "<?php header('Content-Type: text/plain'); echo json_encode($_SERVER);\n")
	php := startPHP(t, "")
	g := &gate{url: "http://localhost" + port(free(t)), tap: startTap(t, php)}
	past := "http://localhost" + port(free(t))
	g.application = past
	fastcgi := func(site, gate, php string) string {
		return fmt.Sprintf("%s {\n%s\nroot * %s\nphp_fastcgi %s {\nenv REMOTE_GROUPS {header.Remote-Groups}\n}\n}\n", site, gate, dir, php)
	}
	block := fmt.Sprintf("okta_auth {\nissuer %s\nclient_id {env.OKTA_CLIENT_ID}\nclient_secret {env.OKTA_CLIENT_SECRET}\nidentity remote-user\n}", startOrg(t))
	startServer(t, g.url, remoteUser, nil, fastcgi(g.url, block, g.tap.addr)+fastcgi(past, "", "unix/"+php))

	her := somebody(t, g)
	her.signsIn("/", ada, adaPassword)
	her.reads("body", `"HTTP_REMOTE_USER":"`+ada+`"`)
	her.reads("body", `"REMOTE_USER":"`+ada+`"`) // Caddy's own, from {http.auth.user.id}
	her.reads("body", `"REMOTE_GROUPS":"Everyone,Engineering,Finance"`)
	if asks[bool](her, `document.body.innerText.includes("okta_auth")`) {
		t.Error("PHP gets the gate's cookies")
	}
	cookies, ask := her.cookies(), by(t, http.MethodGet, "/", "")
	g.cannotBeForged(t, remoteUser, cookies, `"HTTP_REMOTE_USER":"`+ada+`"`, ask)
	her.signsOut()
	g.isClosed(t, cookies, ask)
}

// startPHP runs php-fpm, in which every page begins with that file, and returns
// its socket.
func startPHP(t *testing.T, prepend string) string {
	t.Helper()
	fpm := rig.Need(t, "php-fpm", "php-fpm", "php-fpm[0-9]*")
	dir := scratch.Folder(t)
	socket := filepath.Join(dir, "php.sock")
	owner := ""
	args := []string{"--nodaemonize", "--fpm-config", filepath.Join(dir, "fpm.conf")}
	if os.Geteuid() == 0 {
		owner = "user = root\ngroup = root\n"
		args = append(args, "--allow-to-run-as-root")
	}
	write(t, filepath.Join(dir, "fpm.conf"), fmt.Sprintf(`[global]
error_log = %s/fpm.log
[www]
listen = %s
%spm = static
pm.max_children = 3
php_admin_value[auto_prepend_file] = %s
php_admin_value[session.save_path] = %s
`, dir, socket, owner, prepend, dir))
	rig.Run(t, socket, exec.Command(fpm, args...))
	return socket
}

// startNginx runs nginx with the example's site in front of php-fpm, and
// returns its address.
//
// By itself, nginx drops header names with "_" and "."; here it passes them on.
func startNginx(t *testing.T, php string) string {
	t.Helper()
	nginx := rig.Need(t, "nginx-light", "nginx")
	dir, address := scratch.Folder(t), free(t)
	owner := ""
	if os.Geteuid() == 0 {
		owner = "user root;"
	}
	write(t, filepath.Join(dir, "site.conf"), adapted(t, example(t, "dokuwiki", "nginx.conf"), "127.0.0.1:8081", address, "/run/php/php-fpm.sock", php))
	write(t, filepath.Join(dir, "nginx.conf"), fmt.Sprintf(`%s
daemon off;
pid %[2]s/pid;
error_log stderr;
events {}
http {
	include /etc/nginx/mime.types;
	access_log off;
	underscores_in_headers on;
	ignore_invalid_headers off;
	client_body_temp_path %[2]s/body;
	fastcgi_temp_path %[2]s/fastcgi;
	proxy_temp_path %[2]s/proxy;
	uwsgi_temp_path %[2]s/uwsgi;
	scgi_temp_path %[2]s/scgi;
	include %[2]s/site.conf;
}
`, owner, dir))
	rig.Run(t, address, exec.Command(nginx, "-e", "stderr", "-p", dir, "-c", filepath.Join(dir, "nginx.conf")))
	return address
}
