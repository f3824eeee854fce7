-- The text-chat parameters that a presence service sets and Prosody has no setting for: how many may
-- be in a room, and what a room's owner cannot change.

local count = require "util.iterators".count;
local st = require "util.stanza";

local limit = module:get_option_number("muc_max_occupants", 100);
local default_limit = math.min(module:get_option_number("muc_default_max_occupants", 50), limit);

local field_maxusers = "muc#roomconfig_maxusers";

local function limit_of(room)
	return math.min(tonumber(room._data.max_occupants) or default_limit, limit);
end

-- What an owner sees and cannot change.
local fixed = {
	["muc#roomconfig_whois"] = true;
	["muc#roomconfig_historylength"] = true;
	["muc#roomconfig_defaulthistorymessages"] = true;
};

module:hook("muc-config-form", function (event)
	local room, form = event.room, event.form;
	for _, field in ipairs(form) do
		if fixed[field.name] then
			-- A choice of one: the value that it has.
			local value = tostring(field.value or room:get_whois());
			field.type, field.datatype, field.value = "list-single", nil, nil;
			field.options = { { value = value; label = value; default = true } };
		end
	end
	local options = {};
	for number = 10, limit, 10 do
		local value = ("%d"):format(number);
		table.insert(options, { value = value; label = value; default = number == limit_of(room) });
	end
	table.insert(form, {
		name = field_maxusers;
		type = "list-single";
		label = "How many may be in the room";
		options = options;
	});
end, -10); -- after all that make the form

module:hook("muc-config-submitted/"..field_maxusers, function (event)
	local number = tonumber(event.value);
	if not number or number % 1 ~= 0 or number < 1 or number > limit then return; end
	if number == limit_of(event.room) then return; end
	event.room._data.max_occupants = number;
	event.status_codes["104"] = true;
end);

for name in pairs(fixed) do
	module:hook("muc-config-submitted/"..name, function ()
		return true; -- nobody else hears of it
	end, 100);
end

module:hook("muc-disco#info", function (event)
	table.insert(event.form, { name = "muc#roominfo_maxusers"; label = "Places"; type = "text-single" });
	event.formdata["muc#roominfo_maxusers"] = ("%d"):format(limit_of(event.room));
end);

-- Owners and admins always get in (XEP-0045 section 7.2.9), but never past the server's own limit.
module:hook("muc-occupant-pre-join", function (event)
	local room, stanza = event.room, event.stanza;
	local affiliation = room:get_affiliation(stanza.attr.from);
	local places = limit_of(room);
	if affiliation == "owner" or affiliation == "admin" then places = limit; end
	if not event.is_first_session or count(room:each_occupant()) < places then return; end
	event.origin.send(st.error_reply(stanza, "wait", "service-unavailable", nil, room.jid));
	return true;
end, -25);
