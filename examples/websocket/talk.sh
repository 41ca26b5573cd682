#!/bin/sh
# websocketd runs this once for each websocket: what it reads, the browser has
# sent; what it writes, the browser gets.
echo "You are $HTTP_REMOTE_USER, of $HTTP_REMOTE_GROUPS."
while read -r line; do
	echo "$HTTP_REMOTE_USER says: $line"
done
