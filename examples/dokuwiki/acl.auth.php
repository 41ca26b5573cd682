# acl.auth.php
# <?php exit()?>
# Everybody at Okta may read, who is in the group Finance may write.
*	@ALL	0
*	@Everyone	1
*	@Finance	8
