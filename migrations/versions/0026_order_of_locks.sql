SET ROLE own_users;

-- The account first, as whoever erases it does: a membership refers to it, and who waited for it with the
-- profile in hand was waited for.
CREATE OR REPLACE FUNCTION users.lock_person(person uuid) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM users.account WHERE id = person FOR KEY SHARE;
    RETURN (SELECT user_id FROM users.public_profile WHERE user_id = person FOR KEY SHARE);
END $$;
RESET ROLE;
