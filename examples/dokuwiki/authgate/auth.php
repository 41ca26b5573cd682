<?php
/**
 * Takes the user from REMOTE_USER, which the web server sets for each request.
 * DokuWiki's own backends all ask for a password; this is the hook that it has
 * for a sign-in that somebody else has done.
 */
class auth_plugin_authgate extends DokuWiki_Auth_Plugin
{
    public function __construct()
    {
        parent::__construct();
        $this->cando['external'] = true; // trustExternal decides, nothing else
        $this->cando['logout'] = false;  // signing out is the gate's: /.okta/signout
    }

    /**
     * What stands in a login form, a cookie or "Authorization: Basic" does not
     * count. Nobody named: nobody signed in, and no other way is tried.
     */
    public function trustExternal($user, $pass, $sticky = false)
    {
        global $USERINFO;

        $user = isset($_SERVER['REMOTE_USER']) ? $_SERVER['REMOTE_USER'] : '';
        if ($user === '') {
            auth_logoff();
            return false;
        }
        $USERINFO = array(
            'name' => $this->told('REMOTE_NAME', $user),
            'mail' => $this->told('REMOTE_EMAIL', ''),
            'grps' => array_filter(explode(',', $this->told('REMOTE_GROUPS', '')), 'strlen'),
        );
        $_SERVER['REMOTE_USER'] = $user;
        return true;
    }

    private function told($name, $default)
    {
        return isset($_SERVER[$name]) && $_SERVER[$name] !== '' ? $_SERVER[$name] : $default;
    }
}
