-- Asks the home cluster who may sign in (docs/wire.md 5.1): passwords, one-time passwords, and
-- whether there is a user at all. Nothing is kept here, so a changed password counts at once and a
-- one-time password once.
--
--   authentication = "sallyport"
--   sallyport_home = "https://ucm-pub.lab.example:8443"  -- its certificate must name the host
--   sallyport_ca = "/etc/prosody/sallyport-ca.pem"       -- who may have signed that certificate
--
-- No other session waits while home answers: the one that asked is suspended (util.async).

local async = require "util.async";
local base64 = require "util.encodings".base64.encode;
local cache = require "util.cache";
local http = require "net.http";
local new_sasl = require "util.sasl".new;
local time_now = require "util.time".now;

local home = assert(module:get_option_string("sallyport_home"), "sallyport_home is not set");
local ca = module:get_option_path("sallyport_ca", nil, "config");
assert(home:match("^https://[^/]+$"), "sallyport_home: expected https://HOST:PORT");
assert(ca, "sallyport_ca is not set");

-- Home judges a password in 50 ms, and says 503 rather than let anybody wait for seconds.
local patience_seconds = 10;
-- Every message to somebody who is not there asks whether there is such a user.
local remember_seconds, remember_count = 60, 1000;

local client = http.new({
	sslctx = {
		mode = "client";
		protocol = "sslv23"; -- LuaSec's word for all that the options leave: TLS 1.2 and up
		options = { "no_sslv2", "no_sslv3", "no_tlsv1", "no_tlsv1_1" };
		verify = "peer";
		cafile = ca;
		alpn = "http/1.1";
	};
});

-- The status and the body; status 0 when home could not be asked.
local function ask(path, headers)
	local wait, done = async.waiter();
	local status, body, answered = 0, "no answer in time", false;
	local request;
	local timer = module:add_timer(patience_seconds, function ()
		if answered then return; end
		answered = true;
		if request then http.destroy_request(request); end
		done();
	end);
	request = client:request(home..path, { headers = headers }, function (content, code)
		if answered then return; end
		answered = true;
		timer:stop();
		status, body = code, content;
		done();
	end);
	wait();
	if status == 0 or status >= 500 then
		module:log("error", "home could not be asked: %s", status == 0 and body or status);
	end
	return status, body;
end

local known = cache.new(remember_count);

local function exists(username)
	local until_then = known:get(username);
	if until_then and time_now() < until_then then return true; end
	if not async.ready() then
		module:log("warn", "asked for %s where nobody can wait", username);
		return until_then ~= nil;
	end
	local account = http.urlencode(username.."@"..module.host);
	if ask("/presence/user?name="..account) ~= 200 then
		known:set(username, nil);
		return false;
	end
	known:set(username, time_now() + remember_seconds);
	return true;
end

-- True, false, or nil when home could not be asked.
local function check(username, secret)
	local credentials = base64(username.."@"..module.host..":"..secret);
	local status = ask("/presence/check", { ["Authorization"] = "Basic "..credentials });
	if status == 200 then return true; end
	if status == 401 then return false; end
	return nil;
end

local profile = {
	plain_test = function (sasl, username, password)
		local accepted = check(username, password);
		sasl.undecided = accepted == nil;
		return accepted, true;
	end;
};

-- What could not be decided must not look like a wrong password: clients forget those.
local function get_sasl_handler()
	local sasl = new_sasl(module.host, profile);
	local process = sasl.process;
	function sasl:process(message)
		self.undecided = false;
		local status, condition, text = process(self, message);
		if self.undecided then return "failure", "temporary-auth-failure"; end
		return status, condition, text;
	end
	function sasl:clean_clone() -- luacheck: ignore 212/self
		return get_sasl_handler();
	end
	return sasl;
end

local function refused()
	return nil, "Users are kept by the home cluster.";
end

module:provides("auth", {
	get_sasl_handler = get_sasl_handler;
	user_exists = exists;
	test_password = function (username, password)
		return check(username, password) or false;
	end;
	get_password = refused;
	set_password = refused;
	create_user = refused;
	delete_user = refused;
});
