<?php
// /etc/dokuwiki/local.php
$conf['title'] = 'Wiki';
$conf['useacl'] = 1;
$conf['authtype'] = 'authgate';
$conf['superuser'] = '@Engineering'; // a group of Okta's
$conf['disableactions'] = 'login,logout,register,resendpwd,profile,profile_delete';
